# source of a missing file, a directory, nothing or an option says so and gives a status.
source ./missing.sh; echo "status $?"
. missing_in_path; echo "status $?"
source .; echo "status $?"
mkdir dir; . ./dir; echo "status $?"
source; echo "status $?"
.; echo "status $?"
. -x; echo "status $?"
source --; echo "status $?"
source ''; echo "status $?"
. /dev/null; echo "status $?"
source ./missing.sh/below; echo "status $?"
. -- /dev/null && echo fine
: > empty.sh; false; . ./empty.sh; echo "empty $?"
