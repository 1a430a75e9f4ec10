# bash -n reads without running and reports syntax errors with their line.
printf 'echo no\neval "echo no"\n' > good.sh
printf 'echo no\nif true\n\nfi\n' > bad.sh
bash -n good.sh; echo "status $?"
bash -n bad.sh; echo "status $?"
bash -nc 'echo no; exit 4'; echo "status $?"
bash -n < bad.sh; echo "status $?"
bash -c 'eval "set -n"; echo no'; echo "status $?"
bash -c 'echo before
set -n
echo no'; echo "status $?"
