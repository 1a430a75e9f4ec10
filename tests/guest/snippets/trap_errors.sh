# trap with a bad signal, option or too few words says so, and keeps the good ones.
trap 'echo x' NOT_A_SIGNAL; echo "status $?"
trap 'echo x' USR1 BOGUS USR2; echo "status $?"
trap -p
trap -z; echo "status $?"
trap 'echo one word'; echo "status $?"
trap 'echo x' 99; echo "status $?"
trap - BOGUS; echo "status $?"
trap 'echo x' KILL; echo "status $?"; trap -p KILL
eval 'trap "no_such_command; (exit 3" USR1'; kill -USR1 $$; echo "status $?"
trap 'if' USR2; kill -USR2 $$; echo "status $?"
trap ')' EXIT
