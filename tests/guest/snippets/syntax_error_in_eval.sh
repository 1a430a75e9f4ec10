# A syntax error in eval is reported with its line, gives status 1 or 2 and spares the script.
eval 'if true; fi'
echo "status $?"
eval 'echo one
echo two
)
echo three'
echo "status $?"
eval 'for x in'; echo "status $?"
eval 'echo a; ; echo b'
echo "status $?"
f() { eval 'done'; echo "in f $?"; }
f
eval 'eval "(("; echo "inner $?"'
eval 'a b (c)' || echo "or $?"
eval '}' 2>/dev/null || echo quiet
echo end
