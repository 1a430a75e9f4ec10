# enable -n takes eval, source and trap away and enable brings them back.
enable -n eval
eval 'echo no'; echo "status $?"
builtin eval 'echo no'; echo "status $?"
enable eval
eval 'echo back'
enable -n source trap; source /dev/null; echo "status $?"; trap; echo "status $?"
type -t source || echo "no source"; . /dev/null; echo "dot $?"
enable source trap; source /dev/null; trap 'echo bye' EXIT
enable -n no_such; echo "status $?"
(enable -n eval); eval 'echo "subshell did not matter"'
