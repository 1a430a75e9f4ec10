# source takes a bare name from PATH first, then from here, and ./name from here only.
mkdir bin
echo 'echo "from PATH"' > bin/part.sh
echo 'echo "from here"' > part.sh
echo 'echo "only here"' > local.sh
PATH=$PWD/bin:$PATH
. part.sh
. ./part.sh
source local.sh
shopt -u sourcepath
source part.sh
shopt -s sourcepath
bash --posix -c '. part.sh; . local.sh; echo no'; echo "status $?"
cd bin && . part.sh && . ./part.sh && . ../part.sh
PATH= source part.sh
