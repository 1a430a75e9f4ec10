# A CHLD trap runs once for each child, and eval, source and trap start none.
trap 'n=$((n + 1))' CHLD
n=0
eval 'x=1; y=2'; source /dev/null; . /dev/null; trap ':' USR1
echo "builtins: $n"
eval '/bin/true'; echo "one: $n"
eval 'z=$(echo hi)'; (exit 3); echo "three: $n"
echo 'bash -c ":"' > part.sh; . ./part.sh; echo "four: $n"
trap 'echo "child gone"' CHLD
eval '/bin/false'; echo "status $?"
trap - CHLD; eval '/bin/true'; trap -p
