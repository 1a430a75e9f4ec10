# tries: to connect over TCP with bash's own /dev/tcp
# must: bash gets no socket (Operation not supported)
# control: outside
error=$( (exec 3<>/dev/tcp/127.0.0.1/9) 2>&1)
case $? in
    0) echo "SUCCEEDED: connected" ;;
    *)
        case $error in
            *"not supported"*) echo "HELD: $error" | head -n 1 ;;
            *refused*) echo "SUCCEEDED: the packet came as far as a closed port" ;;
            *) echo "unexpected: $error" >&2; exit 1 ;;
        esac ;;
esac
