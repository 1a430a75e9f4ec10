# Five hundred nested evals and a hundred nested sources return through every level.
n=0
step() { [ $((++n)) -lt 500 ] && eval 'eval "step"'; }
step; echo "n=$n"
t=''; for ((i = 0; i < 200; i++)); do t='eval $t'; done
d=0; again='[ $((++d)) -lt 300 ] && eval "$again"; e=$((e + 1))'
eval "$again"; echo "d=$d e=$e"
echo '[ $((++s)) -lt 100 ] && . ./self.sh; r=$((r + 1))' > self.sh
. ./self.sh; echo "s=$s r=$r"
again='[ $((++d)) -lt 400 ] && eval "$again"; [ $d = 400 ] && return 7'
f() { eval "$again"; echo no; }; f; echo "status $?"
for x in 1 2; do again='[ $((++d)) -lt 450 ] && eval "$again"; break'; eval "$again"; done; echo "x=$x"
