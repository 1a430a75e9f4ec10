# The ERR trap fires for a failing command in eval and again for the eval itself.
trap 'echo "ERR $? line $LINENO cmd $BASH_COMMAND"' ERR
eval 'false'
eval 'true; (exit 3)'
eval 'false || true'
if eval false; then :; fi
f() { eval 'false'; }
f
echo "status $?"
eval 'trap - ERR'
eval false
echo end
