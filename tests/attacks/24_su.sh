# tries: to become root with su
# must: su fails, and nothing runs as uid 0
# control: outside as root
su=$(command -v su) || { echo "no su" >&2; exit 1; }
answer=$("$su" -c 'id -u' </dev/null 2>&1)
case $answer in
    0) echo "SUCCEEDED: uid 0" ;;
    *uthentication*|*assword*|*denied*|*"permitted"*|*"not be used"*|*"not exist"*|*abort*)
        echo "HELD: ${answer//$'\n'/ }" ;;
    *) echo "unexpected: $answer" >&2; exit 1 ;;
esac
