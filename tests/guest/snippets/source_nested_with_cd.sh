# Nested sourcing with relative paths follows the current directory, not the file.
mkdir -p lib/deep
echo 'echo "one ${BASH_SOURCE[*]}"; cd lib; . ./two.sh' > one.sh
echo 'echo "two ${BASH_SOURCE[*]}"; source deep/three.sh arg; echo "back in two"' > lib/two.sh
echo 'echo "three $1 ${BASH_SOURCE[*]}"; . "${BASH_SOURCE%/*}/four.sh"; return 4' > lib/deep/three.sh
echo 'echo "four $1"; cd ..' > lib/deep/four.sh
. ./one.sh
echo "status $?"
[ -f one.sh ] && echo "back at the top"
(cd lib && . ../one.sh 2>&1; echo "status $?")
