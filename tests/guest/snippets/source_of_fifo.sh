# source waits for a FIFO and takes all that its writer sends, in pieces too.
mkfifo pipe
(echo 'echo "first"'; sleep 0.02; echo 'echo "second $1"'; echo 'y=9') > pipe &
. ./pipe arg
wait $!
echo "writer $? y=$y"
echo 'exit 4' > pipe &
(source ./pipe); echo "status $?"
wait
bash pipe & echo 'echo "as a script $0"' > pipe
wait
rm pipe
