# source FILE ARGS sets $@ for the file only; without arguments the file shares them.
printf 'echo "file $# $*"; shift; echo "shifted $*"\n' > part.sh
printf 'set -- new words; echo "file $*"\n' > setter.sh
set -- a b c
. ./part.sh x y
echo "after $*"
. ./part.sh
echo "after $*"
source ./setter.sh p q r
echo "after $*"
source ./setter.sh
echo "after $*"
f() { . ./part.sh "$@" more; echo "f $*"; . ./setter.sh; echo "f $*"; }
f 1 2
echo "end $*"
. ./part.sh ''
