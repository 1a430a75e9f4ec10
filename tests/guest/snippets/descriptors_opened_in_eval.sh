# Descriptors opened by exec in eval stay open for later commands, and close the same way.
eval 'exec 3> out.txt 4>&1'
echo 'to three' >&3
eval 'echo "to four" >&4; echo more >&3'
eval 'exec 3>&-'
cat out.txt
eval 'echo closed >&3'; echo "status $?"
eval 'exec 5< out.txt'; read -r l <&5; echo "$l"; eval 'read -r l <&5; echo "$l"'
f() { eval 'exec 6<<< "kept"'; }; f; cat <&6
exec 4>&- 5<&- 6<&-
bash -c 'exec 8< missing.txt; echo no'; echo "status $?"
bash -c 'eval "exec 8< missing.txt; echo no"; echo no'; echo "status $?"
eval 'command exec 7< missing.txt; echo "after $?"'; echo "status $?"
