# Options given to bash before -c hold for its text; unknown ones are refused.
bash -ec 'echo e; false; echo no'; echo "status $?"
bash -uc 'echo ${nope}; echo no'; echo "status $?"
bash -fc 'echo *'; bash -o noglob -c 'echo *'; bash -O nullglob -c 'echo no*match'
bash -O extglob -c 'case aab in +(a)b) echo match;; esac'
bash +O sourcepath -c '. no_such_part'; echo "status $?"
bash -ac 'x=1; bash -c "echo \$x"'; bash -Cc 'echo > f; echo > f'; echo "status $?"
bash -kc 'f() { echo "$# $x"; }; f a x=1'; bash -pc 'echo "$-"'
bash -o no_such_option -c 'echo no' 2>&1 | head -n 1; echo "status ${PIPESTATUS[0]}"
bash --norc --noprofile -c 'echo plain'; bash --no-such-flag 2>&1 | head -n 1
bash -tc 'echo t'; printf 'echo one\necho two\n' | bash -t; env BASHOPTS=extglob bash -c 'shopt extglob'
