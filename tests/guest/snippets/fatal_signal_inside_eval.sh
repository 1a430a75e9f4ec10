# An untrapped signal that eval sends to its own shell kills it.
{ bash -c 'eval "kill -TERM \$\$; echo no"'; echo "status $?"; } 2>/dev/null
{ bash -c 'trap "echo bye" EXIT; eval "kill -HUP \$\$; echo no"'; echo "status $?"; } 2>/dev/null
{ echo 'eval "kill -ALRM $$"; echo no' | bash; echo "status $?"; } 2>/dev/null
{ (eval 'kill -USR1 $BASHPID; echo no'); echo "status $?"; } 2>/dev/null
{ eval 'bash -c "kill -USR2 \$\$"; echo "inner $?"'; } 2>/dev/null
x=$(eval 'echo partial; kill -KILL $BASHPID; echo no'); echo "$x $?"
bash -c 'trap "" TERM; eval "kill \$\$; echo survived"'; echo "status $?"
eval 'echo last; kill -KILL $$'
echo no
