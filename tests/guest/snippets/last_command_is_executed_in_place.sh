# A shell whose only or last command is simple becomes that command, without a child.
bash -c 'echo $$ > pid.txt; exec bash -c "echo \$\$ >> pid.txt"'; uniq pid.txt | wc -l
bash -c 'bash -c "echo \$PPID"' > p.txt; [ "$(< p.txt)" = $$ ] && echo replaced || echo child
bash -c 'eval "bash -c \"echo \\\$PPID\""' > p.txt; [ "$(< p.txt)" = $$ ] && echo replaced || echo child
bash -c ':; bash -c "echo \$PPID"' > p.txt; [ "$(< p.txt)" = $$ ] && echo replaced || echo child
echo 'bash -c "echo \$PPID"' > one.sh
bash one.sh > p.txt; [ "$(< p.txt)" = $$ ] && echo replaced || echo child
(eval 'bash -c "echo \$PPID"') > p.txt; [ "$(< p.txt)" = $$ ] && echo parent || echo subshell
rm pid.txt p.txt
