# An assignment in eval lands in the current shell, quoting and all.
eval 'a=1; b="two words"; c=$a$a'
name=d
eval "$name=\$b"
eval 'e='\''single $a'\'''
printf '<%s>' "$a" "$b" "$c" "$d" "$e"
echo
eval 'unset a b'
echo "${a-unset} ${b-unset} ${c-unset}"
