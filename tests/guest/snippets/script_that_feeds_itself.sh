# A script replaces its own stdin or its own text while it runs.
cat > inner.sh <<'EOF'
exec < data.txt
read -r a; eval 'read -r b'
echo "$a+$b"; source /dev/stdin
echo "back: $c"
EOF
printf 'one\ntwo\nc=three; echo "from data"\n' > data.txt
bash inner.sh
printf 'echo "first"\nexec < more.txt\necho "never run"\n' > main.txt
printf 'echo "second"; read -r z; echo "z"\nzzz\nexit 7\n' > more.txt
cat main.txt | bash; echo "status $?"
bash < main.txt; echo "status $?"
exec bash -c 'eval "echo replaced; exit 9"'
