# tries: to enter the namespaces of process 1 with nsenter
# must: it is refused
# control: none, process 1 of a virtual machine may refuse even root
nsenter=$(command -v nsenter) || { echo "no nsenter" >&2; exit 1; }
for space in --mount --net --user --pid --ipc; do
    answer=$("$nsenter" --target 1 $space true 2>&1)
    if [ $? = 0 ]; then
        echo "SUCCEEDED: $space"
        exit 0
    fi
    case $answer in
        *"not permitted"*|*"denied"*) ;;
        *) echo "unexpected: $answer" >&2; exit 1 ;;
    esac
done
echo "HELD: $answer"
