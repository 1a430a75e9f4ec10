# A function that calls itself through eval keeps its own locals on each level.
fact() {
  local n=$1
  if ((n <= 1)); then result=1; else eval "fact $((n - 1))"; result=$((result * n)); fi
}
fact 10
echo $result
down() { local d=$1; [ "$d" = 0 ] && { echo "${#FUNCNAME[@]} functions"; return; }; eval 'down $((d - 1))'; [ $((d % 50)) = 0 ] && echo "back in $d"; }
down 150
FUNCNEST=20
loop() { eval 'loop'; }
loop
echo "status $?"
