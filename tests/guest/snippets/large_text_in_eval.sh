# eval and source take a text of 200 kB, with every line run and numbered.
printf -v line '%0180d' 0
text=
for ((i = 0; i < 1000; i++)); do text+=": $line"$'\n''n=$((n + 1))'$'\n'; done
echo ${#text}
eval "$text"; echo "n=$n"
eval "$text"'echo "line $LINENO n=$n"; (exit 3)'; echo "status $?"
printf '%s' "$text" > big.sh; . ./big.sh; echo "n=$n"
source <(printf '%s' "$text"); echo "n=$n"
printf -v word '%0200000d' 7
eval "w=$word; echo \${#w}"
eval "echo \"$word\" | wc -c"
eval "cat <<E
$word
E" | wc -c
