# bash -s takes the script from stdin and the parameters from its arguments.
echo 'echo "$0 $# $*"; shift; eval "echo $1"' > script
bash -s a 'b c' < script
cat script | bash -s -- -x y
bash -s < script
bash -es one two <<'EOF'
echo "$- $*"
set -- "$@" three
eval 'echo $#'
false
echo no
EOF
echo "status $?"
bash -us <<< 'echo "$1"; echo no'; echo "status $?"
echo 'exit $#' | bash -s 1 2 3; echo "status $?"
bash - <<< 'echo "dash $0"'; bash -- script p q
