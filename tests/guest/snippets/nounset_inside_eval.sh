# With set -u an unset variable in eval ends the shell, with its message and a failing status.
bash -c 'set -u; eval "echo \$missing"; echo no' ; echo "status $?"
bash -uc 'eval "echo \${missing-default}"; eval "echo \$missing"; echo no'; echo "status $?"
bash -uc 'f() { eval "echo \$1"; }; f; echo no'; echo "status $?"
bash -uc '(eval "echo \$missing"); echo "subshell gave $?"'; echo "status $?"
bash -uc 'eval "echo \$@ \$*"; eval; eval ""; echo fine'; echo "status $?"
printf 'echo $nothing\n' > uses.sh
bash -uc '. ./uses.sh; echo no'; echo "status $?"
set -u
eval 'echo "${missing?is needed}"'
echo no
