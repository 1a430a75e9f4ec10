# Integer, lower and upper case attributes set in eval act on later assignments.
eval 'declare -i n=2+3; declare -u up=abc; declare -l low=XYZ'
echo "$n $up $low"
n+=4 up+=def
eval 'n="n * 2"; low+=MORE'
echo "$n $up $low"
eval 'n=1/0; echo not reached'
echo "status $? n=$n"
eval 'declare +i n; n=1+1; echo $n'
