# eval as a part of a pipeline runs in a subshell, and its status counts there.
eval 'echo one; x=lost' | eval 'read -r y; echo "got $y"; z=lost'
echo "${x-unset} ${y-unset} ${z-unset}"
seq 3 | eval 'while read -r n; do t=$((t + n)); done; echo "sum $t"'
eval 'printf "b\na\n"' | eval 'sort' | tr '\n' ' '; echo
eval 'echo a | eval "cat; exit 3"'; echo "status $?"
eval 'echo err >&2; echo out' |& sort
! eval 'false' | eval 'true'; echo "status $?"
source <(echo 'echo piped source') | cat
