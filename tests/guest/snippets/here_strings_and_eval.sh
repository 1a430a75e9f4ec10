# Here-strings feed commands in eval and eval itself.
v='a  b'
eval 'cat <<< $v; cat <<< "$v"'
eval 'read -r x y; echo "$y-$x"' <<< 'one two'
eval 'while read -r l; do echo "line $l"; done' <<< $'1\n2'
eval "cat" <<< "outer" 
eval 'cat <<< "$(cat)"' <<< "passed through"
source /dev/stdin <<< 'echo "sourced $v"'
bash <<< 'echo child; eval "cat"; echo no
rest is read by cat'
