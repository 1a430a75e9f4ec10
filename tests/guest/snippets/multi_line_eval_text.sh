# Eval text may span lines, with comments, continuations and trailing backslashes.
eval 'echo one # comment
# a whole line
echo two \
  three
for i in a b
do
  echo $i   # in the loop
done'
eval 'echo trailing\'
eval 'echo joi\
ned'
eval 'echo "a\
b"'
eval '# first
'
echo "status $?"
eval $'\techo tab; \r'
echo "status $?"
