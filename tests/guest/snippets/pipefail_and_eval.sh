# pipefail set inside eval lasts, and eval reports the rightmost failure.
eval 'false | true'; echo $?
eval 'set -o pipefail'
eval '(exit 3) | (exit 4) | true'; echo $?
eval 'true' | eval '(exit 5)' | eval 'true'; echo $?
x=$(eval '(exit 6) | true'); echo $?
bash -o pipefail -c 'false | true'; echo $?
bash -c 'false | true'; echo $?
