# xargs starts bash -c with the words as parameters, and passes its failure on.
printf '%s\n' a 'b c' d | xargs -d '\n' -n 1 bash -c 'eval "echo \"<\$1>\""' name
seq 4 | xargs -n 2 bash -c 'echo "$0 $# $*"'
seq 3 | xargs bash -c 'exit 3'; echo "status $?"
seq 3 | xargs -n 1 bash -c '[ $1 = 2 ] && exit 255; echo $1' x; echo "status $?"
echo 'echo "script $1"' > s.sh; echo arg | xargs bash s.sh
echo 'echo "from stdin $1"' | xargs -0 bash -c
