# $_ is the last word of the previous command, after and inside eval and source.
: first second
eval 'echo "$_"'
eval ': inner word'
echo "$_"
eval 'x=1'; echo "<$_>"
source /dev/null; echo "$_"
echo ': in part' > part.sh
. ./part.sh args; echo "$_"
f() { : "in f"; }; f a b; echo "$_"
trap ': set by trap' USR1
: before; kill -USR1 $$; echo "$_"
eval; echo "<$_>"
