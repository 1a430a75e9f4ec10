# jobs shows the text of background commands, evals and sources among them.
eval 'sleep 50 & a=$!; sleep 60 & b=$!'
jobs
eval 'echo in eval; exec sleep 70' > /dev/null &
c=$!
jobs %3
source /dev/stdin <<< 'sleep 80 & d=$!'
jobs -r | wc -l
eval 'jobs %-; jobs %+'
{ kill $a $b $c $d; wait $b; echo "status $?"; wait; } 2>/dev/null
jobs > /dev/null 2>&1
jobs; echo "end $?"
