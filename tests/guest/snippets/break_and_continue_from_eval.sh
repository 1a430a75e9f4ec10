# break and continue inside eval act on the loops around it, with a count as well.
for i in 1 2 3; do eval '[ $i = 2 ] && continue; echo $i'; done
for i in 1 2 3; do eval 'if [ $i = 2 ]; then break; fi'; echo "b$i"; done
for i in 1 2; do
  for j in a b c; do
    eval '[ $j = b ] && continue 2'
    echo "$i$j"
  done
done
while :; do while :; do eval 'break 2'; echo no; done; echo no; done
eval 'for k in x y; do eval "break"; done; echo "k=$k"'
eval 'break'; echo "outside loop $?"
for i in 1; do eval 'break 0'; echo no; done; echo "status $?"
for i in 1; do eval 'break x'; echo no; done
echo no
