# command_not_found_handle runs for commands missing in eval, source, -c and pipes.
command_not_found_handle() { echo "missing: $*"; eval 'return 9'; }
eval 'nope one two'; echo "status $?"
nope | cat; echo "${PIPESTATUS[0]}"
echo 'nope from file' > part.sh; . ./part.sh; echo "status $?"
export -f command_not_found_handle
bash -c 'nope in child'; echo "status $?"
echo 'eval "nope piped"' | bash; echo "status $?"
trap 'nope in trap' EXIT
eval 'unset -f command_not_found_handle; nope'; echo "status $?"
eval 'command_not_found_handle() { eval "echo \"again: \$1\""; exit 4; }; nope; echo "status $?"'
eval './nope'; eval '/nope'; echo "status $?"
