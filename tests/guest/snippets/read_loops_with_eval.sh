# eval in a while-read loop takes lines from the same stdin without losing any.
printf '%s\n' 'x=1' 'y=2' 'echo $((x+y))' > cmds.txt
while IFS= read -r line; do eval "$line"; done < cmds.txt
echo "x=$x y=$y"
printf '%s\n' a b c d e f | while read -r p; do eval 'read -r q; read -r r'; echo "$p$q$r"; done
exec 3< cmds.txt
while read -r -u 3 line; do eval 'echo "[$line]"' < /dev/null; done
exec 3<&-
seq 5 > five.txt; { read -r n; eval 'head -n 1; cat' | tail -n 1; echo "n=$n"; } < five.txt
while read -r k v; do declare "v_$k=$v"; eval "w_$k=\$v"; done <<< $'a 1\nb 2 3'
echo "$v_a $w_a $v_b $w_b"
eval 'while read -r z; do echo "z$z"; break; done; cat' <<< $'1\n2\n3'
