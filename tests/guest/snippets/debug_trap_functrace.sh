# With set -T the DEBUG and RETURN traps reach into functions and sourced files.
printf 'echo in part\nreturn 3\n' > part.sh
set -T
trap 'echo "D ${FUNCNAME[0]-} $BASH_COMMAND"' DEBUG
trap 'echo "R ${FUNCNAME[0]-} $?"' RETURN
f() { eval 'echo in f'; return 2; }
f
. ./part.sh
trap - DEBUG RETURN
echo end
