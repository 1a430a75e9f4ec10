# A script on stdin shares it with its commands: read and cat take the lines that follow.
cat > script <<'EOF'
echo start
read -r line
this line is data
echo "read: $line"
bash -c 'read -r x; echo "child read: $x"'
for the child
eval 'read -r line'; echo "eval read $?: $line"
echo "data or command"
(read -r line; echo "subshell read: $line"); exec 2>&1
echo "data for the subshell"
exit 5
echo not reached
EOF
bash < script; echo "status $?"
{ bash; cat; } < script; echo "status $?"
cat script | { bash; echo "status $?"; cat; }
printf 'echo "last: $0 $#"\ncat\nall the\nrest\n' | bash -s a b
