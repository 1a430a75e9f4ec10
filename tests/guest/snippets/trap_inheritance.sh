# Ignored signals pass to children; handlers are reset in subshells and new shells.
trap '' USR1
trap 'echo "parent handler"' USR2
bash -c 'kill -USR1 $$; echo "child survived"; trap "echo no" USR1; trap -p USR1'
{ bash -c 'kill -USR2 $$; echo no'; echo "status $?"; } 2>/dev/null
(kill -USR1 $BASHPID; echo "subshell survived")
{ (eval 'kill -USR2 $BASHPID; echo no'); echo "status $?"; } 2>/dev/null
eval 'x=$(trap -p USR2)'; echo "$x"
echo 'trap -p; echo "script sees that"' > part.sh
bash part.sh; . ./part.sh
trap 'echo "function exit"' RETURN
f() { trap -p RETURN; }; f
(exec bash -c 'trap -p; kill -USR1 $$; echo "still here"')
trap - RETURN; trap | cat
