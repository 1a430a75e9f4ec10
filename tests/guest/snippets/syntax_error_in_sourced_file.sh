# A syntax error in a sourced file names the file and line; what came before has run.
printf 'echo before\n\nif true; fi\necho after\n' > bad.sh
. ./bad.sh
echo "status $?"
printf 'echo one\necho "open\necho two\n' > open.sh
source open.sh
echo "status $?"
f() { . ./bad.sh; echo "in f $?"; }
f
printf 'echo start\n. ./bad.sh\necho "nested $?"\n' > outer.sh
. ./outer.sh
echo "status $?"
eval '. ./bad.sh; echo "eval $?"'
bash -c '. ./bad.sh; echo "after $?"'; echo "status $?"
