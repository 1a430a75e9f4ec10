# $- is what the options of this shell make it, in a file, -c, stdin and eval.
echo "$-"
eval 'echo "$-"'
bash -c 'echo "$-"'; bash -euc 'eval "echo \"\$-\""'
echo 'echo "$-"' | bash
bash -s <<< 'echo "$-"'
eval 'set -f'; echo "$-"; eval 'set +f'
bash --posix -c 'echo "$-"'; bash +B -c 'echo "$- {a,b}"'
bash -c 'set -o' | grep -c on$
bash -c 'shopt | grep -w on; set -o | grep -w on'
