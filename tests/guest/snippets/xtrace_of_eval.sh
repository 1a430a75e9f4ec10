# set -x shows the eval and then each command of its text, one level deeper.
x=1
set -x
eval 'echo $x; y="a b"'
eval "echo \"$y\"" 'c'
f() { eval 'echo "in $1"'; }
f function
z=$(eval 'echo nested')
eval "eval 'echo twice'"
set +x
eval 'set -x; echo on; set +x'
