# declare inside eval is local to the calling function unless -g is given.
f() {
  eval 'declare a=1; declare -g b=2; typeset -i c=3+4'
  echo "$a $b $c"
}
f
echo "${a-unset} ${b-unset} ${c-unset}"
eval 'declare -p b'
eval 'declare -p nothing_here'
echo "status $?"
