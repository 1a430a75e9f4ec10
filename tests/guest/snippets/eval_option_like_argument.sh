# An argument that looks like an option is refused with status 2; after -- it is text.
eval -x 'echo no'
echo "status $?"
eval -- '-x'
echo "status $?"
eval -- echo after dashes
eval - 'echo dash'
echo "status $?"
eval --help-me
echo "status $?"
f() { eval -z; echo "in function $?"; }
f
