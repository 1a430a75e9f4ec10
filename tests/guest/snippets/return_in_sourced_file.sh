# return in a sourced file ends that file only and gives source its status.
printf 'echo start\nreturn 3\necho no\n' > three.sh
printf 'false\nreturn\n' > last.sh
printf 'eval "return 4; echo no"\necho no\n' > evals.sh
printf '. ./three.sh\necho "inner got $?"\nreturn 9\n' > nested.sh
for f in three last evals nested; do
  source ./$f.sh
  echo "$f $?"
done
f() { . ./three.sh; echo "function continues with $?"; return 1; }
f; echo "status $?"
. ./three.sh && echo no || echo "or $?"
(. ./three.sh); echo "subshell $?"
