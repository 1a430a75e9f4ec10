# Here-documents in eval text expand, stay quoted, lose tabs and may end at the end of text.
v=value
eval 'cat <<EOF
plain $v $((1+1)) $(echo sub)
EOF'
eval "cat <<'EOF'
quoted \$v
EOF
echo after"
eval $'cat <<-EOF\n\ttabs\n\tEOF\necho next'
eval 'cat <<A; cat <<B
first
A
second
B'
eval 'cat <<EOF
no end marker'
echo "status $?"
