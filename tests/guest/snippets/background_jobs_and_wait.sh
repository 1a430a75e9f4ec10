# Background evals report their status to wait, by pid and by job.
eval '(exit 3) &'; wait $!; echo "status $?"
eval 'exit 4' & wait $!; echo "status $?"
eval '{ sleep 0.01; exit 5; } & p=$!'; wait $p; echo "status $?"
eval 'true & false'; echo "status $?"; wait; echo "all $?"
. /dev/null & wait $!; echo "status $?"
echo 'sleep 0.1; exit 6' > part.sh; . ./part.sh & wait %%; echo "status $?"
bash -c 'exit 7' & q=$!; eval 'wait $q'; echo "status $?"; wait $q; echo "again $?"
wait 1 2>/dev/null; echo "status $?"
x=$(eval 'echo background & wait'); echo "$x"
eval 'for i in 1 2 3; do (exit $i) & pids+=($!); done'
for p in "${pids[@]}"; do wait $p; echo -n "$? "; done; echo
