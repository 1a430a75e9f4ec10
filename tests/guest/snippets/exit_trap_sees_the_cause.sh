# The EXIT trap sees the status, line and function from which the shell leaves.
t='trap "echo \"\$? \${FUNCNAME[0]-none} \$BASH_COMMAND\"" EXIT;'
bash -c "$t"' eval "(exit 3)"'; echo "status $?"
bash -c "$t"' f() { eval "exit 4"; }; f'; echo "status $?"
bash -c "$t"' set -e; eval "false; true"'; echo "status $?"
bash -c "$t"' set -u; eval "echo \$none"'; echo "status $?"
bash -c "$t"' eval "("'; echo "status $?"
bash -c "$t"' eval "kill \$\$; :"' 2>/dev/null; echo "status $?"
echo "$t . /dev/stdin <<< 'exit 5'" > s.sh; bash s.sh; echo "status $?"
echo "$t eval 'return 6'; exit" | bash; echo "status $?"
bash -c "$t"' no_such_thing'; echo "status $?"
bash -c "$t"' trap "exit 9" TERM; eval "kill \$\$"; echo no'; echo "status $?"
