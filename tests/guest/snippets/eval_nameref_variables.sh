# Namerefs made in eval resolve in the scope that eval runs in.
target=start
eval 'declare -n ref=target'
ref=through
echo "$target ${!ref}"
f() { eval 'local -n out=$1; out="set by $1"'; }
f answer
echo "$answer"
eval 'declare -n loop=loop'
echo "status $?"
eval 'unset -n ref; echo "${ref-unset} $target"'
