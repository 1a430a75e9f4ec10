# Assigning to a readonly variable in eval abandons the rest of the text but not the script.
eval 'readonly r=1'
eval 'r=2; echo not reached'; echo "same line $?"
echo "status $?"
f() { eval 'r=3; echo no'; echo "in f $?"; eval 'eval "r=4; echo no"; echo "outer $?"'; }
f
echo "status $? depth ${#FUNCNAME[@]}"
r=5; echo no
echo "plain $?"
eval 'unset r; echo "unset gives $?"'
eval 'declare r=4; echo "declare gives $?"'
eval 'echo "still $r"'
