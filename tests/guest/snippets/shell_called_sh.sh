# Started under the name sh, bash is in POSIX mode after its start-up.
run() { (exec -a sh bash "$@"); echo "status $?"; }
run -c 'eval "echo \"$0 $-\""; shopt -o posix'
run -c 'x=1 eval :; echo "${x-unset}"'
run -c 'eval "("; echo no'
run -c '. ./missing; echo no'
echo 'echo "file $# $1"; set -o | grep posix' > s.sh
run s.sh arg
run < s.sh
run -c 'trap "echo bye" EXIT; eval "exit 3"'
run -s p q <<< 'echo "$*"; source /dev/null; echo "source $?"'
run -ec 'eval "false"; echo no'
