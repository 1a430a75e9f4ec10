# A signal ends a background eval with 128+n, or runs the trap that it set.
eval 'sleep 9 & p=$!'
{ kill $p; wait $p; echo "status $?"; } 2>/dev/null
eval 'while :; do sleep 0.01; done' & p=$!
{ kill -TERM $p; wait $p; echo "status $?"; } 2>/dev/null
mkfifo ready
(eval 'trap "echo caught; exit 12" TERM; echo go > ready; while :; do sleep 0.01; done') & p=$!
read -r word < ready
kill $p; wait $p; echo "$word status $?"
bash -c 'eval "echo go > ready; exec sleep 9"' & p=$!
read -r word < ready
{ kill -INT $p; kill -KILL $p; wait $p; echo "status $?"; } 2>/dev/null
rm ready; kill $p 2>/dev/null; echo "gone $?"
