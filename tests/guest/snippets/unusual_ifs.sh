# An odd IFS changes only what it should around eval, source, trap and bash -c.
echo 'echo "part $# $1"; set -- $v; echo $#' > part.sh
v='1a2a3 4'
for IFS in a '' ' ' '-' '/.' 'els'; do
  eval 'set -- $v'; printf '%s ' "$#"
  eval "echo ev" 'al'
  . ./part.sh "$v"
  trap 'echo "trap $*"' USR1; kill -USR1 $$; trap - USR1
  bash -c 'printf "%q %s\n" "$IFS" "$#"' x $v
done
unset IFS; eval 'set -- $v; echo "$# $*"'
IFS=$'\n' eval 'echo "${*}" | wc -l'
