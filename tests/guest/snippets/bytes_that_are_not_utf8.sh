# Bytes outside UTF-8 pass unchanged through eval, source, -c, pipes, names and messages.
b=$'caf\xe9 \xff\xfe \xc3\xa9 \xc3'
eval "x='$b'"; [ "$x" = "$b" ] && echo same
eval "echo '$b'" | od -An -tx1
printf 'y="%s"; echo "$y"\n' "$b" > part.sh
. ./part.sh | od -An -tx1; bash part.sh | od -An -tx1; bash < part.sh | od -An -tx1
bash -c "echo '$b'" | od -An -tx1
LC_ALL=C bash -c "eval 'echo \"$b\"'" | od -An -tx1
LC_ALL=C; eval "echo '$b'" | wc -c; eval $'caf\xe9=1'; echo "status $?"
eval $'f\xe9() { echo "bytes in a name"; }; f\xe9'
trap $'echo "\xff" | od -An -tx1' USR1; kill -USR1 $$; trap -p USR1
eval $'no_such_\xff'; eval "echo 'é ñ 漢 🐚'"; echo $'echo "\xf0\x9f"; exit 3' | bash | od -An -tx1
