# local - puts the options of set back when the function returns, by eval or not.
f() { local -; eval 'set -fu; set -o pipefail'; echo "in ${-//[^fu]/}"; }
f; echo "after [${-//[^fu]/}]"; set -o | grep pipefail
g() { eval 'local -; set -e -f'; echo *; return 3; }
touch seen; g; echo "status $?"; echo s*
h() { local -; set -x; eval 'echo traced'; }; h 2>&1; echo quiet
echo 'set -f; echo s*' > part.sh
k() { local -; . ./part.sh; }; k; echo s*
. ./part.sh; echo s*
