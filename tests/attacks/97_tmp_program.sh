# tries: to gain rights by a setuid copy of a shell in /tmp
# must: it runs with no rights but its own (the owner is itself, and the mount heeds no setuid)
# control: outside as root
if ! said=$(cp /bin/bash /tmp/recursor-attack-sh 2>&1); then
    case $said in *"Read-only"*) echo "HELD: nothing can be written there" ;; esac
    exit
fi
chmod 4755 /tmp/recursor-attack-sh || exit 1
uid=$(/tmp/recursor-attack-sh -p -c 'echo $EUID')
rm -f /tmp/recursor-attack-sh
case $uid in
    0) echo "SUCCEEDED: uid 0" ;;
    [1-9]*) echo "HELD: uid $uid" ;;
    *) exit 1 ;;
esac
