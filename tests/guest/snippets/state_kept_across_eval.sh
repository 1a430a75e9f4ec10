# getopts, BASH_REMATCH, REPLY, MAPFILE, the directory stack and random seed outlive an eval.
set -- -a -b val rest
while getopts ab: o; do eval 'echo "$o $OPTIND ${OPTARG-}"'; done; source /dev/null; echo $OPTIND
[[ key=value =~ (.*)=(.*) ]]; eval ':'; . /dev/null; trap ':' USR1; kill -USR1 $$
echo "${BASH_REMATCH[*]}"; eval '[[ x1 =~ [0-9] ]]'; echo "${BASH_REMATCH[*]}"
read <<< "  a reply "; eval ':'; echo "[$REPLY]"
mapfile -t <<< $'l1\nl2'; eval 'true'; echo "${MAPFILE[1]}"
mkdir d; pushd d > /dev/null; eval ':'; . /dev/null; echo "${#DIRSTACK[@]} ${PWD##*/} ${OLDPWD:+set}"
eval 'popd > /dev/null'; echo "${#DIRSTACK[@]}"
RANDOM=42; a="$RANDOM $RANDOM"; RANDOM=42; eval 'b=$RANDOM'; source /dev/null; [ "$a" = "$b $RANDOM" ] && echo sequence
eval 'shopt -s nullglob; umask 027'; shopt -q nullglob && umask
