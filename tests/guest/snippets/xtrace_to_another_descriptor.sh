# BASH_XTRACEFD takes the trace of eval and source away from stderr.
exec 5> trace.txt
BASH_XTRACEFD=5
printf 'x=2\n' > set_x.sh
set -x
eval 'echo "to stdout"; echo "to stderr" >&2'
. ./set_x.sh
trap ':' USR1
set +x
exec 5>&-
cat trace.txt
