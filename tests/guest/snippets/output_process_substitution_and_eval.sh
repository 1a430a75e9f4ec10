# Process substitutions for writing get what eval writes, and wait collects their status.
mkfifo ready
eval 'echo written > >(tr a-z A-Z > out.txt; echo x > ready)'
read -r _ < ready; cat out.txt
eval 'echo through tee | tee >(exec > copy.txt; eval "cat"; echo x > ready) | cat'
read -r _ < ready; cat copy.txt
exec 3> >(bash -c 'read -r a; eval "read -r b"; echo "$b $a" > pair.txt; exit 4'); p=$!
eval 'echo 1 >&3; echo 2 >&3; exec 3>&-'
wait $p; echo "status $?"; cat pair.txt
rm ready
