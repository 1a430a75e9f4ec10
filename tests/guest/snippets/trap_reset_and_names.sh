# trap - and a lone signal name reset handlers; names come with or without SIG, in any case.
trap 'echo a' SIGUSR1; trap 'echo b' usr2; trap 'echo c' 10
trap -p
kill -USR1 $$; kill -s usr2 $$
trap - sigusr1
trap USR2
trap -p; echo "none"
eval 'trap "echo d" INT TERM EXIT'; trap -p | wc -l
trap - INT TERM EXIT 0
f() { trap 'echo "set in function"' USR1; }; f; kill -USR1 $$
f() { local -; trap - USR1; }; f; trap -p USR1
trap 'echo empty next' USR1; trap '' USR1; kill -USR1 $$; echo "ignored"
trap -- - USR1; trap; echo "status $?"
