# A new shell starts without functions, aliases, traps, jobs or hashed commands of its own.
bash -c 'declare -F; alias; trap; trap -p; jobs; hash; dirs +1; echo "end $? $#"'
bash -c 'echo "$? [$!] [${BASH_REMATCH[*]}] $OPTIND [$REPLY] $LINENO"'
bash -c 'set -u; echo "$!"' ; echo "status $?"
echo 'declare -F; trap; hash; echo "$? $LINENO ${#FUNCNAME[@]} ${#BASH_SOURCE[@]}"' > part.sh
bash part.sh
bash < part.sh
(umask 027; cd /; bash -c 'umask; pwd; echo $SHLVL $BASH_SUBSHELL')
bash -c 'RANDOM=7; echo $RANDOM $RANDOM; IFS=; set -f; echo "$*" $#' x 'a b' c
printf '%q\n' "$IFS"
