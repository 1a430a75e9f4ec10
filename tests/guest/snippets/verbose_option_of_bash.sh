# set -v prints each line of input as it is read, the text of eval included.
printf 'echo in part\n' > part.sh
set -v
eval 'echo four'
eval "echo two
echo three"
# comment
. ./part.sh
set +v
echo end
