# Arithmetic evaluates expressions in variables and subscripts, with substitutions in eval text.
expr='a = 3, b = a * 2, a + b'
eval 'echo $(($expr))'; echo "$a $b"
(( $(eval 'echo 5') + 1 == 6 )) && echo six
eval '(( c = 4 << 2 ))'; echo "$? $c"
eval '(( 0 ))'; echo "status $?"
arr=(10 20 30); i='arr[$(echo 1)]'; eval 'echo $((i + 1))'
eval 'let "d = 2 ** 5" e=d-1'; echo "$d $e"
for ((eval_i = 0; eval_i < 3; eval_i++)); do eval "n$eval_i=$((eval_i * eval_i))"; done
echo "$n0 $n1 $n2"
eval 'echo $((1 ? $(eval "echo 8") : 9)) ${arr[$(eval "echo 2")]} ${expr:$((1)):$(eval "echo 3")}'
eval 'while (( c-- > 14 )); do echo "c=$c"; done'
