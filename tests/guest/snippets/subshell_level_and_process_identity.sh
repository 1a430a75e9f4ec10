# eval runs in the same process: BASHPID and BASH_SUBSHELL are those of its caller.
[ "$BASHPID" = "$$" ] && echo same
eval '[ "$BASHPID" = "$$" ] && echo "same in eval"'
eval 'echo $BASH_SUBSHELL; (echo $BASH_SUBSHELL; eval "echo \$BASH_SUBSHELL")'
x=$(eval 'echo $BASH_SUBSHELL; (eval "(eval \"echo \\\$BASH_SUBSHELL\")")'); echo $x
p=$BASHPID; (eval '[ $BASHPID != $$ ] && echo differs'; eval "[ $p = \$\$ ] && echo parent")
echo 'echo $BASH_SUBSHELL; [ $BASHPID = $$ ] && echo file' > part.sh
. ./part.sh
eval 'echo $BASH_SUBSHELL' | cat
bash part.sh; bash < part.sh; bash -c "$(< part.sh)"
