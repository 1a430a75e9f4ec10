# break and continue in a sourced file act on the loop that sources it.
printf '[ $i = 2 ] && continue\n[ $i = 4 ] && break\necho "file $i"\n' > part.sh
for i in 1 2 3 4 5; do
  . ./part.sh
  echo "loop $i"
done
f() { break; echo "function: $?"; }
for i in 1 2; do f; echo "after f $i"; done
for i in 1 2; do eval '. ./part.sh; echo "eval $i"'; done
echo "i=$i"
