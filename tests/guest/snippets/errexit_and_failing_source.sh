# set -e acts inside a sourced file and on the status of source itself.
printf 'echo in file\nfalse\necho past it\n' > fails.sh
printf 'echo fine\nreturn 6\n' > returns.sh
bash -ec '. ./fails.sh; echo no'; echo "status $?"
bash -ec '. ./fails.sh || echo or; echo end'; echo "status $?"
bash -ec 'source ./returns.sh; echo no'; echo "status $?"
bash -ec 'if source ./returns.sh; then :; else echo "else $?"; fi'; echo "status $?"
bash -ec 'source ./missing.sh; echo no'; echo "status $?"
bash -ec 'source ./missing.sh || echo "or $?"'; echo "status $?"
