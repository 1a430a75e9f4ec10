# In POSIX mode an assignment before eval, . and trap lasts, elsewhere it does not.
set -o posix
a=1 eval 'echo "in $a"'; echo "after $a"
b=2 command eval 'echo "in $b"'; echo "after ${b-unset}"
c=3 . /dev/null; echo "after $c"
d=4 source /dev/null; echo "after $d"
e=5 trap - USR1; echo "after $e"
f=6 eval; echo "after $f"
g=7 true; echo "after ${g-unset}"
fn() { h=8 eval 'local i=9; echo "$h $i"'; }; fn; echo "${h-unset} ${i-unset}"
set +o posix
j=1 eval ':'; echo "after ${j-unset}"
bash --posix -c 'k=1 eval :; echo "$k"; x() { return 3; }; m=2 x; echo "${m-unset}"'
