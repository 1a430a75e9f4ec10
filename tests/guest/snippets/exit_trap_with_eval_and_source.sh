# An EXIT trap set in eval runs once, at the end, and its own exit decides the status.
eval 'trap '\''echo "bye $?"; exit 7'\'' EXIT'
printf 'trap "echo from the file" EXIT\n' > part.sh
bash -c '. ./part.sh; echo body'; echo "status $?"
bash -c 'trap "eval \"echo evaluated; exit 4\"" EXIT; exit 2'; echo "status $?"
bash -c 'trap "echo one" EXIT; trap "echo two" EXIT; eval "exit 3"'; echo "status $?"
bash -c 'trap "echo gone" EXIT; exec true'; echo "status $?"
bash -c 'trap "echo by name" 0; eval "trap - EXIT"'; echo "status $?"
eval 'exit 5'
