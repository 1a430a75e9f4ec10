# bash can run a process substitution or /dev/fd as its script file.
bash <(echo 'echo "hello $1"; echo "${0%%[0-9]*} $#"; exit 5') world
echo "status $?"
bash <(printf 'read -r l\necho "stdin: $l"\n') <<< 'still free'
bash /dev/fd/4 x 4<<< 'eval "echo from four \$1"'
exec 5<<< 'echo "five"; echo "again"'
bash /dev/fd/5
exec 5<&-
bash <(echo 'source <(echo "echo \"inner \$1\"") in') out
eval 'bash <(echo "echo through eval")'
bash <(echo 'if'); echo "status $?"
bash <(:); echo "status $?"
