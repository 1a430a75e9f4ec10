# source in loops, conditions and functions keeps loop state, redirections and status.
echo 'count=$((count + 1)); [ $count -lt 3 ]' > step.sh
while . ./step.sh; do echo "count=$count"; done
echo "end $count"
until ! . ./step.sh; do echo no; done; echo "count=$count"
if . /dev/null; then echo "empty is true"; fi
. ./step.sh || echo "or $?"
! source ./step.sh && echo "not"
for f in ./step.sh /dev/null ./missing.sh; do source $f 2>/dev/null; echo "$f $?"; done
printf 'a\nb\n' | while read -r l; do . /dev/stdin; echo "l=$l"; done
echo 'read -r next; echo "next=$next"' > reads.sh
printf '1\n2\n3\n4\n' | while read -r l; do . ./reads.sh; echo "l=$l"; done
case $(. ./step.sh; echo $count) in *[0-9]) echo digits;; esac
