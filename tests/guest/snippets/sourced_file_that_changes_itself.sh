# source reads its file at once, so a change or removal while it runs has no effect.
cat > part.sh <<'EOF'
echo 'echo "new text"' > part.sh
echo "old text"
rm part.sh
echo "still old text"
EOF
. ./part.sh
[ -e part.sh ] || echo removed
printf 'echo start\necho "echo appended" >> script.sh\necho end\n' > script.sh
bash script.sh
echo 'echo first; echo "echo grown" >> grow.sh; n=$((n + 1)); [ $n -lt 3 ] && . ./grow.sh' > grow.sh
. ./grow.sh
cat script.sh grow.sh | wc -l
