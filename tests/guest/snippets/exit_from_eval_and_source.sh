# exit inside eval or a sourced file ends the shell that runs it, not its parent.
printf 'echo leaving\nexit 6\n' > leave.sh
bash -c 'eval "echo a; exit 3; echo no"; echo no'; echo "status $?"
bash -c '. ./leave.sh; echo no'; echo "status $?"
(eval 'exit 4'); echo "subshell $?"
x=$(. ./leave.sh; echo no); echo "$x $?"
eval 'exit 5' | cat; echo "pipeline ${PIPESTATUS[0]}"
f() { eval 'eval "exit 8"'; }
(f); echo "function $?"
eval '(exit 2)'; bash -c 'false; eval exit'; echo "bare exit $?"
eval exit 256
