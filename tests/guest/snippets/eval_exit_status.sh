# eval returns the status of the last command of its text, in all its shapes.
eval true; echo $?
eval false; echo $?
eval '(exit 7)'; echo $?
eval 'false; true'; echo $?
eval 'true | (exit 3) | true'; echo "$? ${PIPESTATUS[*]}"
eval 'x=$(exit 5)'; echo $?
eval 'no_such_command_here'; echo $?
eval './'; echo $?
eval 'if false; then :; fi'; echo $?
eval '! true'; echo $?
eval 'return_nothing() { return 9; }; return_nothing'; echo $?
