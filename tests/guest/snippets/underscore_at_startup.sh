# A new shell starts with $_ as the path it was run by, until the first command.
bash -c 'echo "$_"'
bash -c 'eval "echo \"\$_\""'
echo 'echo "$_"' > part.sh
bash part.sh
bash < part.sh
/bin/bash part.sh
_=mine bash -c 'echo "$_"'
