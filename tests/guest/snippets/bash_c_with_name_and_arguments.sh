# bash -c TEXT NAME ARGS sets $0 and the parameters and returns the status of the text.
bash -c 'echo "$0 $# $*"'; bash -c 'echo "$0 $# $*"' name a 'b c'
bash -c 'echo "$0: $1"' -- first; bash -c 'printf "<%s>" "$@"; echo' n '' 'x y' "q'\""
bash -c 'exit 9'; echo "status $?"
bash -c ''; echo "status $?"
bash -c '   # comment'; echo "status $?"
bash -c; echo "status $?"
bash -c 'no_such_command' myname; echo "status $?"
bash -c 'echo "$BASH_EXECUTION_STRING"' ; bash -c $'echo one\necho two\n'
bash -c -- 'echo dashes'; bash -c -e 'echo "$-"'
bash -c 'shift; echo "$*"' a b c; bash -c 'eval "$@"' e 'echo evaluated' '$0'
(exec -a other bash -c 'echo "$0"'); env bash -c 'echo env'
