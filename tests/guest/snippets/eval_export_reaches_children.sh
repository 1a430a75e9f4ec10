# A variable exported inside eval is seen by child processes, and export -n undoes it.
eval 'export GREETING="hello there"'
bash -c 'echo "child: $GREETING"'
eval 'export -n GREETING'
bash -c 'echo "child: ${GREETING-unset}"'
echo "shell: $GREETING"
eval 'declare -x OTHER=1; f() { echo "f in $1"; }; export -f f'
bash -c 'echo $OTHER; f child'
