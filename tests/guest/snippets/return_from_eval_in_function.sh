# return inside eval leaves the function with its status, from any nesting.
f() { eval 'echo before; return 5; echo no'; echo no; }
f; echo "status $?"
g() { eval 'eval "eval \"return 6\""'; echo no; }
g; echo "status $?"
h() { for i in 1 2 3; do eval '[ $i = 2 ] && return $i'; done; }
h; echo "status $? i=$i"
k() { (exit 8); eval return; }
k; echo "status $?"
l() { eval 'return 300'; }
l; echo "status $?"
m() { eval 'return x'; echo "after $?"; }
m; echo "status $?"
n() { eval 'return 4' || echo no; }
n; echo "status $?"
