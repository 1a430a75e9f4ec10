# --rcfile, --norc, -O, -o and +o before a program keep their effect and nothing else runs.
echo 'echo "rc file"; rc=1' > rc
bash --rcfile rc -c 'echo "${rc-not read}"'
bash --norc --rcfile rc s.sh; echo "status $?"
bash --init-file rc -s <<< 'echo "stdin ${rc-not read}"'
bash -o errexit -o pipefail -c 'eval "false | true"; echo no'; echo "status $?"
bash +o braceexpand -c 'eval "echo {a,b}"'
bash --noediting --noprofile -c 'eval "echo options"'
bash -xo nounset -c 'eval "echo \$z"'; echo "status $?"
bash --version | head -n 1 | cut -c1-16; bash --posix --debugger -c 'echo no' 2>/dev/null; echo "status $?"
bash --dump-strings -c 'echo $"text"'; bash -D -c 'eval "echo no"'; echo "status $?"
