# set -e does not act on an eval that is tested by if, while, ||, && or !.
set -e
if eval 'false; echo continued; false'; then echo yes; else echo "no $?"; fi
eval 'false; echo still here' || echo not
eval '(exit 4)' && echo not
! eval 'true; false; echo negated'
echo "status $?"
while eval 'false; [ "${i:-0}" -lt 2 ]'; do i=$((${i:-0}+1)); echo "round $i"; done
until eval 'false; true'; do :; done
f() { eval 'false; echo "in f"; false'; echo 'after'; }
f || echo no
echo end
