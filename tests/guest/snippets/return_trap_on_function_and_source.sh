# The RETURN trap runs after a sourced file, and in a function that set it through eval.
printf 'echo "in part"\n' > part.sh
trap 'echo "RETURN ${#FUNCNAME[@]}"' RETURN
. ./part.sh
eval '. ./part.sh'
f() { echo "in f"; }
f
g() { eval 'trap "echo from g" RETURN'; echo "in g"; }
g
declare -ft f
f
source ./missing.sh
trap - RETURN
. ./part.sh
