# Bad substitutions, divisions by zero and ${x:?} in eval stop as much as bash says, no more.
bash -c 'eval "echo \${a b}; echo no"; echo "on $?"'; echo "status $?"
bash -c 'eval "echo \$((1/0)); echo no"; echo "on $?"'; echo "status $?"
bash -c 'eval "echo \${x:?is empty}; echo no"; echo "on $?"'; echo "status $?"
bash -c 'f() { eval "((1/0)); echo in \$?"; }; f; echo "on $?"'; echo "status $?"
bash -c 'eval "a[-1]=x; echo no"; echo "on $?"'; echo "status $?"
bash -c 'eval "let 1+; echo let \$?"; echo "on $?"'; echo "status $?"
bash -c 'eval "echo \$((08))"; echo "on $?"'; echo "status $?"
bash -c 'eval "printf -v 1x a; echo printf \$?"'; echo "status $?"
eval 'echo $((2 ** -1))'
echo "status $?"
eval 'x=${undefined:?gone}'; echo no
echo no
