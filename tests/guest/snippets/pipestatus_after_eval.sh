# After eval PIPESTATUS is the one that the shell leaves, seen from outside and inside.
eval 'false | true | (exit 3)'
echo "${PIPESTATUS[@]}"
eval 'false | true'; echo "${PIPESTATUS[@]} $?"
eval 'exit_five() { return 5; }'; echo "${PIPESTATUS[@]}"
eval '(exit 2)' | eval '(exit 3)' | eval 'cat; exit 4'
echo "${PIPESTATUS[@]}"
source /dev/null | false
echo "${PIPESTATUS[@]}"
