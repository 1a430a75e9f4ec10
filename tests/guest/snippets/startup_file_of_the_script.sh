# A BASH_ENV that the script itself sets is read by the shells it starts.
cat > env.sh <<'EOF'
echo "env file for ${0##*/} $#"
from_env() { echo "function from env"; }
trap 'echo "env exit trap"' EXIT
set -f
EOF
echo 'from_env; echo *' > s.sh
BASH_ENV=./env.sh bash -c 'from_env; eval "echo \"\$-\""' name a
BASH_ENV=./env.sh bash s.sh; BASH_ENV=./env.sh bash < s.sh
BASH_ENV=./env.sh bash --posix -c 'from_env'; echo "status $?"
BASH_ENV='$(echo ./env.sh)' bash -c 'eval "from_env"'
BASH_ENV=./missing.sh bash -c 'echo "missing is reported"'
BASH_ENV=./env.sh bash -pc 'echo privileged'
export BASH_ENV=./env.sh; echo 'exit 5' | bash; echo "status $?"; (eval 'bash -c ":"')
