# A sourced file sees the locals of its function, and source works with redirections.
echo 'local here=set; echo "x=$x here=$here"; x=changed; read -r l && echo "read $l"' > part.sh
x=global
f() { local x=local; . ./part.sh <<< input; echo "f: $x $here"; }
f
echo "$x ${here-unset}"
. ./part.sh > out.txt 2> err.txt < /dev/null; echo "status $?"
cat out.txt err.txt
echo words | source ./part.sh 2>/dev/null
y=$(. ./part.sh <<< inner 2>&1); echo "$y"
z=5 source /dev/stdin <<< 'echo "z=$z"'; echo "${z-unset}"
! . /dev/null; echo $?
