# builtin and command reach eval, source and trap with the same status and scope.
builtin eval 'a=1; (exit 3)'; echo "$? $a"
command eval 'b=2; (exit 4)'; echo "$? $b"
command builtin command eval 'c=3; false'; echo "$? $c"
echo 'echo "part $*"; return 5' > part.sh
builtin source ./part.sh x; echo $?
command . ./part.sh y; echo $?
f() { command eval 'return 6'; echo no; }; f; echo $?
builtin trap 'echo "bye $?"' EXIT
command trap -p
command -p eval 'echo "standard path"'
builtin no_such; echo $?
e=eval; $e 'echo by name'; "e"val 'echo quoted name'
for i in 1 2; do builtin eval 'break'; done; echo "i=$i"
command eval '('; echo $?
