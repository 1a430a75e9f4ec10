# $0, BASH_SOURCE, FUNCNAME and BASH_LINENO in eval, functions and sourced files.
show() { echo "$1: $0 | ${FUNCNAME[*]} | ${BASH_SOURCE[*]} | ${BASH_LINENO[*]}"; }
show plain
eval 'show eval'
eval 'inner() { show "made in eval"; }; inner'
printf 'show file\necho "${BASH_SOURCE[0]} ${FUNCNAME[*]-}"\nfromfile() { show "from file"; }\n' > part.sh
. ./part.sh
fromfile
f() { eval 'source ./part.sh'; }
f
bash -c 'eval "echo \"\$0 ${BASH_SOURCE[*]-none} ${FUNCNAME[*]-none}\""' zero
echo 'echo "$0 ${BASH_SOURCE[*]-none}"' | bash
