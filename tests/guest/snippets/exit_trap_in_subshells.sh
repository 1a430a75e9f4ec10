# Subshells and substitutions do not inherit the EXIT trap but run their own.
trap 'echo "main exit"' EXIT
(echo "subshell"; eval ':')
(trap 'echo "own exit $?"' EXIT; eval 'exit 3'); echo "status $?"
x=$(trap 'echo "trap output"' EXIT; echo body)
echo "$x"
eval '(trap "echo inner" 0; false)'; echo "status $?"
{ trap 'echo "in pipeline"' EXIT; echo piped; } | cat
f() (trap 'echo "function body"' EXIT; return 4)
f; echo "status $?"
