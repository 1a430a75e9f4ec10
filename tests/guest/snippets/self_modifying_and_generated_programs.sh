# A program that writes and runs further programs, by eval, source, file and pipe.
make() { printf 'depth=$((depth + 1)); echo "level $depth by %s"\n' "$1"; }
eval "$(make eval)"
make source > p.sh; . ./p.sh
make bash > p.sh; depth=$depth bash p.sh
make pipe | depth=$depth bash
make fd > >(depth=$depth bash) && wait $!
cat > quine.sh <<'EOF'
n=${1:-3}
echo "n=$n"
[ $n -gt 0 ] && { sed 's/^echo.*/echo "child n=$n"/' quine.sh > next.sh; bash next.sh $((n - 1)); }
exit $n
EOF
bash quine.sh 3; echo "status $?"
for k in 1 2 3; do eval "gen$k() { echo \"function $k says \$1\"; }"; eval "gen$k hi"; done
eval "$(printf 'echo %s;' a b c)"; eval "$(for i in 1 2; do eval "echo 'echo \"line $i\"'"; done)"
