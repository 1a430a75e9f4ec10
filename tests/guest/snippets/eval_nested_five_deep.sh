# Five evals inside one another each take one level of quoting away.
v=deep
eval eval eval eval eval 'echo one to one: \$v'
eval 'eval "eval \"eval \\\"eval \\\\\\\"echo \\\\\\\\\\\\\\\$v\\\\\\\"\\\"\""'
text='echo "$v"'
for i in 1 2 3 4 5; do printf -v text 'eval %q' "$text"; done
eval "$text"
for i in 1 2 3 4 5; do text="eval ${text@Q}"; done
eval "$text; (exit 3)"
echo "status $? length ${#text}"
