# Scripts run by bash FILE, by their shebang, without one, and through PATH.
echo 'echo "${0##*/} $# $*"; eval "exit $1"' > plain
{ echo '#!/bin/bash -e'; echo 'echo "$0 $# $- $*"; false; echo no'; } > bang
chmod +x plain bang
bash plain 3 x; echo "status $?"
./plain 4 'y z'; echo "status $?"
./bang 5; echo "status $?"
bash bang; echo "status $?"
PATH=.:$PATH; plain 6; echo "status $?"
bash ./plain 7; echo "status $?"
eval './plain 8'; echo "status $?"
(exec ./plain 9); echo "status $?"
env ./plain 10 2>&1; echo "status $?"
printf '#!/no/such/interpreter\n' > broken; chmod +x broken; ./broken; echo "status $?"
chmod -x plain; ./plain; echo "status $?"
