# BASH_ARGV0, BASH_EXECUTION_STRING, BASH_COMMAND and friends keep their values in eval.
eval 'echo "${BASH_EXECUTION_STRING-none} $BASH_COMMAND"'
bash -c 'eval "echo \"\$BASH_EXECUTION_STRING\""; echo ${#BASH_SOURCE[@]} ${#BASH_LINENO[@]} ${#FUNCNAME[@]}'
(BASH_ARGV0=other; eval 'echo "$0"; no_such_command')
bash -O extdebug -c 'eval "echo \"\${BASH_ARGV[*]} \${BASH_ARGC[*]}\""' a b c
bash -O extdebug -c 'f() { eval "echo \"\${BASH_ARGV[*]} \${BASH_ARGC[*]}\""; }; f x y' a b
f() { eval 'echo "$FUNCNAME ${BASH_LINENO[0]}"; echo ${#FUNCNAME[@]}'; }; f
echo 'echo "${#BASH_SOURCE[@]} $BASH_SOURCE $0"' > part.sh
bash part.sh; bash < part.sh; . ./part.sh; bash -c '. ./part.sh'; bash -c '. ./part.sh' name
unset BASH_ENV; eval 'echo "${BASH_ENV-unset}"'; bash -c 'eval "echo still \$((1 + 1))"'
BASH_ENV= bash -c 'eval "echo empty"'; env -u BASH_ENV bash -c 'echo unset; exit 3'; echo "status $?"
