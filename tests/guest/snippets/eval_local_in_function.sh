# local inside eval belongs to the function that runs eval; outside a function it is an error.
x=global
f() {
  eval 'local x=local y=2'
  echo "in f: $x $y"
  g
}
g() { eval 'echo "in g: $x"; x=changed'; }
f
echo "after: $x ${y-unset}"
eval 'local z=1'
echo "status $?"
