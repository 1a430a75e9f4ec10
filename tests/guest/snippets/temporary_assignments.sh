# Assignments before eval and source hold during the text only, and reach its children.
x=1 eval 'echo "in $x"; x=2; echo "changed $x"'; echo "after ${x-unset}"
x=old; x=new eval 'bash -c "echo child \$x"; unset x; echo "unset: $x"'; echo "after $x"
echo 'echo "file $x"; x=inside' > part.sh
x=temp . ./part.sh; echo "after $x"
f() { local x=loc; x=tmp eval 'echo "f $x"'; echo "still $x"; }; f
IFS=: eval 'set -- a:b:c; y=a:b:c; echo $y'; printf '%q\n' "$IFS"
a=1 b=$a eval 'echo "<$b>"'; x=3 eval eval 'echo nested $x'
x=4 eval 'g() { echo "g $x"; }; g'; g
x=5 eval 'export x; readonly z=6'; echo "$x $z"; bash -c 'echo "${x-not exported}"'
x=7 eval 'exit_status() { return 9; }; exit_status'; echo "$? $x"
LC_ALL=C eval 'v=é; echo ${#v}'; v=é; echo ${#v}
