# {name} redirections get the numbers from 10 upwards, as if nothing else were open.
exec {a}> a.txt {b}> b.txt
echo "$a $b"
eval 'exec {c}< /dev/null; echo "$c"'
exec {a}>&-
eval 'exec {d}> d.txt'; echo "$d"
source /dev/stdin {e}< /dev/null <<< 'echo "$e"'
echo <(:) >(:)
for fd in 3 4 5 6 7 8 9; do { : <&$fd; } 2>/dev/null && echo "$fd is open"; done
eval 'for fd in 3 4 5 6 7 8 9; do { : <&$fd; } 2>/dev/null && echo "$fd is open"; done'
coproc cat; echo "${COPROC[*]}"; p=$COPROC_PID; eval "exec ${COPROC[1]}>&-"; wait $p
bash -c 'exec {x}< /dev/null; echo "$x"'; echo 'exec {x}< /dev/null; echo "$x"' | bash
