# source /dev/stdin runs a here-document or pipe, and what the text reads is what is left.
source /dev/stdin <<'EOF'
a=1
echo "here-document $a"
EOF
echo "a=$a"
printf 'echo piped\nread -r l; echo "read gives $?"\n' | . /dev/stdin
printf 'b=2; echo "b=$b"\n' | { source /dev/stdin; echo "then $b"; }
. /dev/fd/5 5<<< 'echo "descriptor five"'
eval '. /dev/stdin' <<< 'echo "through eval $#"'
. /dev/stdin; echo "empty stdin $?"
bash /dev/stdin x y <<< 'echo "$0 $*"'
