# LINENO in eval counts from the line of the eval command, in functions and files too.
echo $LINENO
eval 'echo $LINENO
echo $LINENO

echo $LINENO'
f() {
  echo $LINENO
  eval 'echo $LINENO
  g() { echo "g $LINENO"; }
  g'
}
f
g
printf '\n\neval "echo \\$LINENO"\necho $LINENO\n' > part.sh
. ./part.sh
bash -c 'echo $LINENO
eval "echo \$LINENO"; trap "echo exit \$LINENO" EXIT'
eval 'no_such_one
no_such_two'
