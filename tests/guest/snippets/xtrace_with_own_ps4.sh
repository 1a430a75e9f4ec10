# PS4 is expanded for each traced line, with line number, function name and file.
printf 'echo sourced\neval "echo both"\n' > part.sh
PS4='+${BASH_SOURCE##*/}:$LINENO:${FUNCNAME[0]-}: '
set -x
eval 'echo one
echo two'
f() {
  eval 'echo three'
  source ./part.sh
}
f
trap 'echo bye' EXIT
PS4='$(echo sub)> '
eval 'echo last'
