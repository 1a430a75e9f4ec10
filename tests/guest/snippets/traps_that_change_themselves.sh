# Handlers may reset, replace and nest traps, use return values and run eval and source.
trap 'echo first; trap "echo second; trap - USR1" USR1' USR1
kill -USR1 $$; kill -USR1 $$; trap -p USR1
echo 'echo "sourced in trap $1"; return 3' > part.sh
trap '. ./part.sh "$?"; echo "gave $?"' USR2
(exit 7) || eval 'kill -USR2 $$'; echo "status $?"
f() { trap 'echo "f ${FUNCNAME[0]-none}"; return 5' USR1; kill -USR1 $$; echo no; }
f; echo "status $?"
for i in 1 2 3; do trap 'break' USR1; kill -USR1 $$; done; echo "i=$i"
trap 'x=$((x + 1)); [ $x -lt 4 ] && kill -USR1 $$' USR1; kill -USR1 $$; echo "x=$x"
trap 'eval "exit 3"' EXIT; (trap 'trap "echo late" EXIT; exit 2' EXIT; exit 1); echo "status $?"
trap 'echo "once"; trap "echo no" EXIT; exit $((1 + 5))' EXIT
