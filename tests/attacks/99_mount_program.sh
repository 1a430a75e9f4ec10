# tries: to mount with the host's own mount program, which is setuid
# must: it has no rights and fails
# control: outside as root
mount=$(command -v mount) || { echo "no mount" >&2; exit 1; }
mkdir -p point
answer=$("$mount" -t tmpfs none point 2>&1)
code=$?
answer=${answer%%$'\n'*}
case $code,$answer in
    0,*) umount point; echo "SUCCEEDED: mounted" ;;
    *ermission*|*permitted*|*superuser*|*"must be"*) echo "HELD: $answer" ;;
    *) echo "unexpected: $answer" >&2; exit 1 ;;
esac
