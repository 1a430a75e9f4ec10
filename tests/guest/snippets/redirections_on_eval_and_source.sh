# Redirections written on eval and source hold for the whole text and end with it.
eval 'echo out; echo err >&2; cat' > both.txt 2>&1 <<< in
cat both.txt
eval 'echo appended' >> both.txt; wc -l < both.txt
eval 'read -r a; echo "$a" >&2' 2> err.txt < both.txt; cat err.txt
eval 'echo "three" >&3' 3>&1
eval 'exec > gone.txt; echo hidden' > other.txt; echo visible; cat gone.txt
eval 'echo no' > no/such/dir; echo "status $?"
echo 'echo part; echo problem >&2' > part.sh
. ./part.sh > p.txt 2>&1; cat p.txt; 2>&1 source ./part.sh | sort
> new.txt eval 'echo before the word'; cat new.txt
eval 'echo x >&-' 2>&1; eval >&- 'echo y' 2>&1; echo "status $?"
set -C; eval 'echo z' > new.txt; echo "status $?"; eval 'echo z' >| new.txt; cat new.txt
