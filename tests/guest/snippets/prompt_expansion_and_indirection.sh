# Expansions that evaluate text: ${v@P}, ${!v}, PS4, printf -v, unset and test with subscripts.
v='a $(echo substituted) $((1 + 2))'; echo "${v@P}"
eval 'echo "${v@P}"'
name=target target=reached; echo "${!name}"; eval "echo \"\${!name} \$$name\""
declare -A m; k='$(echo key)'; m[$k]=1; eval 'echo "${!m[@]}"'
a=(x y z); s='a[$(echo 1)]'; echo "${!s}"; printf -v "$s" new; echo "${a[1]}"
unset 'a[$(echo 0)]'; echo "${a[*]}"; test -v 'a[$(echo 2)]' && echo set; [[ -v a[0] ]] || echo gone
PS4='${FUNCNAME[0]-}$(echo "<") '; f() { set -x; eval ':'; set +x; } 2>&1; f
eval "${v@A}"; echo "${v@Q}" "${v@U}"; eval 'echo "${v@E}" ${#v@Q}' ; echo "status $?"
read -r -p "$(eval 'echo prompt')" -d x q <<< 'yes x no'; echo "[$q]"
