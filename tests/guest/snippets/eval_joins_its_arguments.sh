# eval joins its arguments with single blanks, whatever IFS is, and parses the result once.
eval echo a '  b  ' "c   d" "'e   f'"
IFS=:
eval 'echo x' 'y:z' "\$IFS"
set -- p q 'r s'
eval echo "$*" "$@"
unset IFS
eval 'echo one;' 'echo' 'two' '&&' echo three
eval 'if true' '
then echo lines' ';fi'
eval "echo \\\\\\\$HOME" '\$x' "\"\$#\""
