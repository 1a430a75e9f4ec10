# Control characters, glob characters, CR, quotes and dollar signs survive eval.
touch 'a*' '[x]'
v=$'tab\there\001\x7f\x1b[0m\rcr'
eval "w=$(printf %q "$v")"; [ "$w" = "$v" ] && echo same
eval "u=${v@Q}"; [ "$u" = "$v" ] && echo same
eval 'echo *' '"*"' "'*'" \\*; eval echo '[x]' '[x' '?x?'
eval 'echo ~ | wc -l; echo {a,b}{1..3} ~nobody_here'
eval "echo \"\$(echo '\"quoted\"')\"" ; eval 'echo $"localized" $'\''\x41\n'\''end'
eval "a=\`echo b\`; echo \$a"; eval 'echo !x ^y; echo a#b #c'
set -f; eval 'echo *'; set +f; shopt -s nullglob; eval 'echo no*match end'
eval $'echo vertical\vtab form\ffeed' | od -An -c
shopt -s failglob; eval 'echo no*match; echo not run'; echo "status $?"
