# Arrays made, grown and walked inside eval keep their elements and keys.
eval 'a=(one "two words" three); a[7]=eight; a+=(nine)'
eval 'declare -A m=([k1]=v1 ["k 2"]="v 2")'
echo "${#a[@]}: ${!a[@]}"
eval 'printf "<%s>" "${a[@]}"; echo'
for n in a; do eval "echo \${#$n[@]} \"\${$n[1]}\""; done
eval 'echo "${m[k1]} ${m[k 2]} ${#m[@]}"'
eval 'unset "a[1]"; declare -p a'
