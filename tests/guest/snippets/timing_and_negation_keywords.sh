# Reserved words before eval: time, !, braces, if, while and coproc parse around it.
TIMEFORMAT=timed
time eval 'echo one; false'; echo "status $?"
! eval 'true'; echo "status $?"
! ! eval 'false'; echo "status $?"
eval '! eval "false"' && echo negated
{ eval 'echo braces'; } && (eval 'echo parens')
if eval 'true' && ! eval 'false'; then echo both; fi
eval 'time { eval "echo inner"; }'
eval 'time'; time . /dev/null; echo "status $?"
until eval '((++u > 2))'; do echo "u=$u"; done
eval 'select c in a b; do echo "$c"; break; done' <<< 2 2>/dev/null
[ -n "$(eval 'echo x')" -a 1 = 1 ] && [[ -z $(eval ':') ]] && echo tests
