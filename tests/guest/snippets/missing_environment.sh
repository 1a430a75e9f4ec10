# Without PATH, HOME or a working directory the builtins go on as they do without hooks.
mkdir gone; cd gone; rmdir ../gone
eval 'echo "no directory"'; source /dev/null; echo "status $?"
bash -c 'eval "echo child"' 2>/dev/null; . ./missing; echo "status $?"
cd "$HOME" || exit
(PATH=; eval 'echo "no path"; ls'; echo "status $?"; . /dev/null; trap ':' USR1)
(unset PATH; eval 'echo "unset path"; cat < /dev/null'; echo "status $?")
(unset HOME; eval 'cd; echo "status $?"'; echo 'echo "~" no home' | /bin/bash)
PATH=/nowhere /bin/bash -c 'eval "echo abs"; ls'; echo "status $?"
(PATH=/nowhere; bash -c 'echo no'; echo "status $?")
env -i /bin/bash -c 'eval "echo \"$# ${HOME-unset}\""; echo ${PATH:+default}'
(exec -c bash -c 'echo "cleared ${LANG-unset}"'); (umask 777; eval 'echo x > f.txt'; ls -l f.txt | cut -c1-10)
