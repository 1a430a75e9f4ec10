# tries: to join the process that guards it, or the shell that started it, with firejail
# must: nothing outside becomes visible: it runs in the same jail or not at all
# control: none, joining a jail from outside is not what is tried here
firejail=$(command -v firejail) || { echo "no firejail" >&2; exit 1; }
own=$(readlink /proc/self/ns/mnt)
for pid in 1 $PPID; do
    for option in "--join=$pid" "--join-or-start=$pid" "--join-filesystem=$pid"; do
        joined=$("$firejail" --quiet "$option" readlink /proc/self/ns/mnt 2>/dev/null </dev/null)
        if [[ $joined == mnt:* && $joined != "$own" ]]; then
            echo "SUCCEEDED: $option entered $joined"
            exit 0
        fi
    done
done
echo "HELD: never another mount namespace than $own"
