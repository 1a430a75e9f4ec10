# With set -e a failing command inside eval ends the shell with that status.
bash -c 'set -e; eval "echo before; (exit 3); echo not reached"; echo nor this'
echo "status $?"
bash -ec 'eval "false || true"; echo survived; eval "false; true"; echo no'
echo "status $?"
bash -c 'eval "set -e; echo on"; false; echo no'
echo "status $?"
set -e
trap 'echo "leaving with $?"' EXIT
eval 'no_such_command_here; echo no'
echo no
