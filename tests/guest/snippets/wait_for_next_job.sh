# wait -n returns the status of the job that ends first, -p names it.
mkfifo hold
eval '{ read -r word < hold; exit 1; } & slow=$!'
eval '(exit 8) & fast=$!'
wait -n; echo "status $?"
echo go > hold
eval 'wait -n -p done_pid'; echo "status $?"
[ "$done_pid" = "$slow" ] && echo "slow was second"
wait -n; echo "none left $?"
eval '(exit 2) &'
wait -n $!; echo "status $?"
rm hold
