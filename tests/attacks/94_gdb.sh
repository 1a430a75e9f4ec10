# tries: to take over its own parent with a debugger of the host
# must: gdb, where there is one, may not attach (Operation not permitted)
# control: none, a host need not have gdb, and the control's parent belongs to the tester
gdb=$(command -v gdb) || { echo "HELD: there is no gdb"; exit 0; }
answer=$("$gdb" -nx -batch -p $PPID -ex detach 2>&1 </dev/null)
case $answer in
    *"not permitted"*) echo "HELD: gdb may not attach" ;;
    *"Detaching"*|*"detached"*) echo "SUCCEEDED: attached" ;;
    *) echo "unexpected: $answer" >&2; exit 1 ;;
esac
