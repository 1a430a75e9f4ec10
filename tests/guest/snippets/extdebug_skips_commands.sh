# With extdebug a DEBUG trap that fails skips the command, inside eval as outside.
shopt -s extdebug
skip() { case $BASH_COMMAND in *secret*) return 1;; esac; return 0; }
text='echo one; echo secret; echo two; for i in 1 secret; do echo $i; done'
trap skip DEBUG
eval "$text"
eval 'echo "the secret is in the eval word itself"'
echo secret
trap - DEBUG
f() { eval 'echo "${BASH_ARGC[*]} / ${BASH_ARGV[*]}"'; }
f a b c
printf 'echo "${BASH_ARGC[*]} / ${BASH_ARGV[*]}"\n' > args.sh
source ./args.sh p q
declare -F f
