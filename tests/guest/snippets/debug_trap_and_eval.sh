# The DEBUG trap runs before eval and before each simple command of its text.
n=0
trap 'n=$((n+1)); echo "[$n $LINENO] $BASH_COMMAND"' DEBUG
eval 'a=1; b=2'
eval 'for i in 1 2; do echo $i; done'
f() { eval 'echo in f'; }
f
source /dev/null
trap - DEBUG
eval 'echo "counted $n"'
