# noclobber, allexport, keyword, noglob, nocasematch and privileged modes do not disturb eval.
set -Ca; eval 'x=1; echo kept > f.txt; echo again > f.txt'; echo "status $?"; bash -c 'echo "$x"'
set +Ca; set -k; f() { echo "$# ${k-none}"; }; eval 'f a k=2 b'; eval echo 'w' k=3; set +k
shopt -s nocasematch; eval '[[ ABC == abc ]] && echo match'; shopt -u nocasematch
shopt -s extglob; eval 'case foobar in foo@(bar|baz)) echo ext;; esac'; shopt -u extglob
eval 'shopt -s extglob
case xy in +(x|y)) echo "set inside";; esac'
set -h; eval 'hash -r; hash'; set +h; eval 'hash ls'; echo "status $?"; set -h
shopt -s xpg_echo; eval 'echo "a\tb"'; shopt -u xpg_echo
set +B; eval 'echo {a,b}'; set -B; set -P; eval 'cd -P . && echo physical'
shopt -s compat31; eval '[[ abc =~ "b" ]] && echo regex'; set -o posix; eval 'echo posix; set +o posix'
shopt -s localvar_inherit; y=outer; g() { eval 'local y; echo "$y"'; }; g
