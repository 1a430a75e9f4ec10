# Scripts of 200 kB reach bash whole through a file, a pipe, stdin and 100 kB through -c.
for ((i = 0; i < 2500; i++)); do printf ': %070d\nn=$((n + 1))\n' $i; done > big.sh
echo 'echo "n=$n line $LINENO $#"; read -r x; echo "[$x]"; exit 7' >> big.sh
echo 'the tail' >> big.sh
wc -c < big.sh
bash big.sh a b; echo "status $?"
cat big.sh | bash; echo "status $?"
bash < big.sh; echo "status $?"
bash -s a < big.sh; echo "status $?"
. ./big.sh > out.txt & wait $!; echo "status $?"; cat out.txt
head -n 2400 big.sh > part.sh; bash -c "$(< part.sh)"$'\necho "n=$n"'
(exec bash -c "eval '$(< part.sh)'"$'\necho "n=$n"')
