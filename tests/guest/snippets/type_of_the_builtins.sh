# type and command describe eval, source, dot and trap as builtins, in POSIX mode as special.
type eval source . trap exit
type -t eval source . trap
type -a eval trap
type -P eval || echo "no file"
command -v eval source . trap
command -V eval
f() { eval; }; type f
set -o posix
type eval . trap source
command -V eval
hash; declare -F; alias
