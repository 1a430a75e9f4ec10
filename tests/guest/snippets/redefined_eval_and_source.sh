# A function or alias named eval, source or trap wins over the builtin, which stays reachable.
eval() { echo "my eval: $*"; builtin eval "$@"; }
source() { echo "my source: $*"; builtin source "$@"; }
trap() { echo "my trap: $*"; builtin trap "$@"; }
echo 'echo "in part $*"' > part.sh
eval 'x=1; echo $x'
source ./part.sh a
. ./part.sh b
trap 'echo bye' EXIT
type -t eval source trap .
command eval 'echo "by command"'
unset -f eval source trap
eval 'type -t eval source trap'
shopt -s expand_aliases
alias eval='echo aliased'
eval 'no'
\eval 'echo yes'
