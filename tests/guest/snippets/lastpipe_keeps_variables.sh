# With lastpipe the last eval or source of a pipeline runs in the shell itself.
shopt -s lastpipe
echo value | eval 'read -r a'
echo "a=$a"
printf 'b=2\nreturn 5\n' | source /dev/stdin; echo "status $? b=$b"
seq 3 | while read -r n; do eval 'total=$((total + n))'; done
echo "total=$total"
f() { echo x | eval 'read -r c; return 6'; echo no; }
f; echo "status $? c=$c ${PIPESTATUS[*]}"
for i in 1 2 3; do echo | eval 'break'; done; echo "i=$i"
eval 'echo piped | read -r d'; echo "d=$d"
