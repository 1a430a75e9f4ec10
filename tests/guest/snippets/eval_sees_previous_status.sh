# The text of eval sees the $? of the command before it, and PIPESTATUS.
(exit 42)
eval 'echo "first $?"; echo "second $?"'
true | (exit 3) | (exit 4)
eval 'echo "${PIPESTATUS[@]}"'
(exit 9); eval "echo outer $?"
f() { return 6; }
f
eval 'echo $?' && (exit 8) || eval 'echo "or $?"'
if ! (exit 5); then eval 'echo "negated $?"'; fi
x=$(exit 11) eval 'echo "assign $?"'
