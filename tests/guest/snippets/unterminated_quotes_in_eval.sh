# Text that ends inside a quote, an expansion or a block is reported with both line numbers.
eval 'echo "open'
echo "status $?"
eval "echo 'open
on two lines"
echo "status $?"
eval 'echo `ls'; echo "status $?"
eval 'echo ${x'; echo "status $?"
eval 'if true; then echo x'; echo "status $?"
eval '{ echo x'; echo "status $?"
eval 'f() {'; echo "status $?"
eval 'case x in'; echo "status $?"
eval 'echo $((1 +'; echo "status $?"
