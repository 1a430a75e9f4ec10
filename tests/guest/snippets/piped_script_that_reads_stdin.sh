# A script piped into bash is read line by line, so it can consume its own tail.
printf 'echo one\nread -r x; echo "got $x"\nthe data\ncat\nall\nthe rest\n' | bash
printf 'eval "read -r a b"\nfirst second third\necho "$b|$a"\n' | bash
printf 'source /dev/stdin\necho "taken by source"; x=1\necho "x=$x"\n' | bash
printf 'while read -r l; do\n[ "$l" = end ] && break; echo "loop $l"; done\na\nb\nend\necho after\n' | bash
printf 'bash\necho "inner $BASH_SUBSHELL $0"\nexit 3\necho "$?"\n' | bash
echo "status ${PIPESTATUS[*]}"
