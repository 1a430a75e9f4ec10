# declare -f prints functions made by eval in the shell's own layout; unset -f removes them.
eval 'f() { echo "f $1"; if true; then echo x; fi; }
g() for i in 1; do echo $i; done
function h { cat <<E
doc
E
}'
declare -f f g h
eval "$(declare -f f | sed 's/^f/copy/')"; copy arg; h
eval 'unset -f f'; f 2>/dev/null; echo "status $?"
eval 'k() { unset -f k; echo "k once"; }'; k; k 2>/dev/null; echo "status $?"
eval 'm() { echo redirected; } > out.txt'; m; cat out.txt
readonly -f g; eval 'g() { :; }'; echo "status $?"
eval 'o() { p() { echo "inner p"; }; p; }'; o; p; declare -F o p
