# Process substitutions made in eval text are readable and closed afterwards.
eval 'cat <(echo one) <(eval "echo two")'
eval 'read -r l < <(echo three); echo "$l"'
eval 'while read -r l; do echo "loop $l"; done < <(printf "a\nb\n")'
eval 'cmp <(echo same) <(echo same) && echo equal'
f() { eval 'cat "$1"'; }; f <(echo "passed to a function")
eval 'echo <(:)'; eval 'echo <(:)'
paste -d, <(eval 'seq 3') <(source /dev/stdin <<< 'seq 4 6')
