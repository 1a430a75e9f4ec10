# caller reports line, function and file through eval and source.
printf 'caller; caller 0\nwhere part\n' > part.sh
where() { echo "$1"; caller; local i=0; while caller $i; do i=$((i + 1)); done; }
eval 'where eval'
f() { eval 'where "eval in f"'; . ./part.sh; }
f
. ./part.sh
caller; echo "status $?"
eval 'caller'; echo "status $?"
eval '
where "third line"'
