# eval inside $( ), backquotes and nested substitutions keeps newlines, status and scope.
x=$(eval 'echo one; echo; echo two; echo'); echo "[$x]"
y=`eval 'echo \$HOME | wc -l'`; echo "$y"
z=$(eval 'exit 6'); echo "status $? [$z]"
echo "$(eval 'echo "$(eval '\''echo "deep $((2 + 3))"'\'')"')"
w=$(eval 'v=inside; echo $v') ; echo "$w ${v-unset}"
f() { local r=$(eval 'echo "$1"; return 4'); echo "local $? $r"; }; f arg
r=$(f() { eval 'echo $1; return 4'; }; f arg2); echo "plain $? $r"
echo "$(< <(eval 'echo from file'))" "$(source /dev/stdin <<< 'echo sourced')"
eval "a=$(eval 'echo 5') b=\$(eval 'echo \$a')"; echo "$a $b"
case $(eval 'echo match') in match) echo yes;; esac
[[ $(eval 'printf %s 7') -eq 7 ]] && echo "test $?"
