# Aliases set before an eval are expanded in its text when expand_aliases is on.
alias hi='echo hello'
eval 'hi there'
shopt -s expand_aliases
eval 'hi there'
eval 'alias yo="echo yo"
yo on the next line; alias zz="echo zz"; zz'
alias ev='eval '
ev hi again
ev "hi quoted"
f() { eval 'hi "from f"'; }
f
echo 'hi "in a file"' > part.sh
. ./part.sh
alias twice='echo a; echo'; eval 'twice b'
eval 'unalias hi'; eval 'hi'; echo "status $?"
alias
