# source reads a whole process substitution before it runs the text.
source <(echo 'echo "from a pipe $#"; x=5')
echo "x=$x"
. <(printf 'f() {\n  echo "f says $1"\n}\n') a b
f hello
source <(echo 'return 7'); echo "status $?"
eval 'source <(echo "echo in eval; source <(echo \"echo nested\")")'
. <(for i in 1 2 3; do echo "echo $i"; sleep 0.01; done)
source <(echo 'read -r line; echo "read: $line"') <<< 'from stdin'
. <(:); echo "empty $?"
source <(echo 'if'); echo "status $?"
