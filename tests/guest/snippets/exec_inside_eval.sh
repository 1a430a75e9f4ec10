# exec in eval or source replaces the shell, and a failed exec ends it.
bash -c 'eval "exec echo replaced"; echo no'; echo "status $?"
bash -c 'eval "exec no_such_program; echo no"; echo no'; echo "status $?"
bash -c 'shopt -s execfail; eval "exec no_such_program; echo \"on \$?\""'; echo "status $?"
bash -c 'trap "echo bye" EXIT; eval "exec bash -c \"exit 4\""'; echo "status $?"
(eval 'exec -a renamed bash -c "echo \$0"')
echo 'exec echo "from file"' > part.sh
(. ./part.sh; echo no); bash -c '. ./part.sh; echo no'; bash part.sh; bash < part.sh
bash -c 'exec 3>&1; eval "exec bash -c \"echo three >&3\""'
bash -c 'x=1 eval "exec bash -c \"echo \\\${x-unset}\""'
trap 'echo no' EXIT
eval 'exec bash -c "eval \"exit 8\""'
