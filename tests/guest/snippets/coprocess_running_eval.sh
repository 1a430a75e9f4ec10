# A coprocess evaluates the lines that it is sent and answers each.
coproc { while read -r l; do eval "$l"; done; exit 4; }
out=${COPROC[0]} in=${COPROC[1]} pid=$COPROC_PID
echo 'x=2; echo "x is $x"' >&"$in"; read -r a <&"$out"; echo "$a"
echo 'echo $((x * 21))' >&"$in"; read -r a <&"$out"; echo "$a"
eval "exec $in>&-"
wait $pid; echo "status $?"
eval 'coproc CALC { bash; }'
c_out=${CALC[0]} c_in=${CALC[1]} c_pid=$CALC_PID
echo 'echo $((6 * 7)); read -r hold; exit 3' >&$c_in
read -r a <&$c_out; echo "$a"
echo go >&$c_in
wait $c_pid; echo "status $?"
