# set -E carries the ERR trap into functions, substitutions and subshells with eval in them.
set -o errtrace
trap 'echo "ERR $? in ${FUNCNAME[0]-main}" >&2' ERR
f() { eval 'false'; true; }
f
(eval '(exit 4)'; true)
x=$(eval '(exit 5)'; echo out)
echo "$x"
printf 'false\ntrue\n' > part.sh
. ./part.sh
set +E
f
echo end
