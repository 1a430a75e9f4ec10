# eval and source work with stdin, stdout or stderr closed, and leave them closed.
(exec <&-; eval 'echo "no stdin"'; eval 'read -r x; echo "read $?"')
(exec >&-; eval 'echo lost'; eval 'echo "status $?" >&2')
(exec 2>&-; eval 'no_such_command; echo "status $?"'; source ./missing; echo "status $?")
bash -c 'eval "echo closed in"; cat' <&-; echo "status $?"
bash -c 'eval "echo closed out"' >&-; echo "status $?"
bash -c 'eval "no_such; echo \$?"' 2>&-; echo "status $?"
echo 'exec 5</dev/null; eval "echo five"' > f.sh; bash f.sh <&- ; bash f.sh >&-; echo "status $?"
bash -c 'exec 3> f.txt; eval "echo x >&3"; trap ":" USR1; cat f.txt' 2>&-
(exec <&- >&- 2>&-; eval 'echo nothing > f.txt'); cat f.txt
