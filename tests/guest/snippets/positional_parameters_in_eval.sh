# eval shares $@ with its caller: set -- and shift inside it last.
set -- a 'b c' d
eval 'echo $# "$2"; shift; echo "$1"'
echo "$# $*"
eval 'set -- x y; set -- "$@" z'
echo "$# $*"
f() { eval 'shift; echo "f: $# $1"; set -- q'; echo "f: $*"; }
f 1 2 3
echo "$# $*"
eval 'for a; do printf "[%s]" "$a"; done; echo'
eval 'shift 7'; echo "shift gives $?"
eval 'set --'; echo "$#"
