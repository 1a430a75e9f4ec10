# tries: to become root in a user namespace with the unshare program
# must: it is refused (Operation not permitted)
# control: outside
unshare=$(command -v unshare) || { echo "no unshare" >&2; exit 1; }
answer=$("$unshare" --user --map-root-user --mount id -u 2>&1)
case $answer in
    0) echo "SUCCEEDED: uid 0 in a new namespace" ;;
    *"not permitted"*) echo "HELD: $answer" ;;
    *) echo "unexpected: $answer" >&2; exit 1 ;;
esac
