# A trapped signal sent from within eval runs its trap at once, and $? survives it.
trap 'echo "USR1 $? in ${FUNCNAME[0]-main}"' USR1
eval 'echo before; kill -USR1 $$; echo "after $?"'
f() { eval 'kill -USR1 $$; echo in f'; false; }
f; echo "status $?"
eval '(exit 3); kill -USR1 $$ && echo sent'
for i in 1 2 3; do eval 'kill -USR1 $$; [ $i = 2 ] && break'; done; echo "i=$i"
trap 'eval "eval \"n=\$((n + 1))\"; kill -USR2 $$"; echo "n=$n"' USR1
trap 'echo "USR2 inside"' SIGUSR2
kill -USR1 $$; eval 'kill -USR1 $$'
(trap 'echo "subshell"; exit 4' USR1; eval 'kill -USR1 $BASHPID; echo no'); echo "status $?"
trap 'exit 6' TERM
eval 'kill $$; echo no'
