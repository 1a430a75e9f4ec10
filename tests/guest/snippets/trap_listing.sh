# trap -p and trap without words show the handlers, re-usable as input.
trap 'echo "it'\''s over"' EXIT
eval 'trap "echo usr1" USR1'
trap '' SIGHUP
trap -- 'multi
line' 12
trap; echo ---; trap -p EXIT USR1 TERM
eval "$(trap -p USR1 | sed s/usr1/changed/)"; kill -USR1 $$
(trap -p HUP; trap; echo "subshell $?")
x=$(trap); [ -n "$x" ] && echo "$x" | wc -l
trap -p | cat | wc -l
trap -l | head -n 2 | tr -s '\t ' ' '
trap -p NOPE; echo "status $?"
trap - EXIT HUP USR1 12; trap -p; echo end
