# return outside a function and a sourced file is reported, and the script goes on.
return 3
echo "status $?"
eval 'return 4; echo "same eval $?"'
echo "status $?"
(return 5); echo "subshell $?"
bash -c 'return 6; echo "after $?"'; echo "status $?"
bash -c 'eval "return 6"; echo "after $?"'; echo "status $?"
echo 'return 2; echo "stdin $?"' | bash
trap 'return 5; echo "trap $?"' USR1
kill -USR1 $$
echo end
