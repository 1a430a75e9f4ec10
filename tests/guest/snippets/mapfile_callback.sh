# mapfile -C evaluates its callback with the index and line as further words.
cb() { echo "cb $1 [${2%$'\n'}]"; }
mapfile -C cb -c 2 lines < <(seq 5)
echo "${#lines[@]}"
mapfile -t -C 'echo "callback text";n=$((${n:-0} + 1)); cb' -c 1 lines <<< $'a b\n$HOME'
echo "n=$n ${lines[*]}"
mapfile -t -C 'eval echo evaluated' -c 1 lines <<< 'x y'
readarray -t -n 2 -s 1 -O 3 lines < <(seq 9); declare -p lines
mapfile -C 'false' -c 1 lines <<< z; echo "status $?"
f() { mapfile -t -C 'return 5; :' -c 1 m <<< 'r'; echo "in f $?"; }; f; echo "status $?"
