# set -e is off in a command substitution unless inherit_errexit is on, with eval in it too.
set -e
echo "$(eval 'false; echo continued')"
x=$(eval 'false; echo again')
echo "$x"
shopt -s inherit_errexit
echo "<$(eval 'echo start; false; echo no')>"
y=$(eval 'echo start; (exit 9); echo no') || echo "or $?"
echo "$y"
z=$(eval '(exit 9)')
echo no
