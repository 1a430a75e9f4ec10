# tries: to raise its limit of core files, so that a crash writes its memory to the disk
# must: the hard limit is 0, so it is refused
# control: outside
if ulimit -c unlimited 2>/dev/null; then
    echo "SUCCEEDED: $(ulimit -c)"
else
    [ "$(ulimit -Hc)" = 0 ] || exit 1
    echo "HELD: the hard limit is 0"
fi
