# A here-document on bash is its script; variables expand by the quoting of the marker.
v=outer
bash <<EOF
v=inner; echo "$v \$v"
EOF
bash <<'EOF'
v=inner
eval 'echo "$v ${0}"'
cat <<'IN'
nested here-document
IN
f() { read -r x; echo "f read $x"; }
f
this one
exit 3
EOF
echo "status $?"
bash -s "$v" <<-'EOF' | tr a-z A-Z
	echo "got $1"
	EOF
