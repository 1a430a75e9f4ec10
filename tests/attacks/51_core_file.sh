# tries: to leave a core file behind by a crash
# must: there is none, and none was dumped elsewhere
# control: outside
ulimit -c unlimited 2>/dev/null
/usr/bin/python3 -c '
import os, signal
pid = os.fork()
if pid == 0:
    os.kill(os.getpid(), signal.SIGSEGV)
status = os.waitpid(pid, 0)[1]
assert os.WTERMSIG(status) == signal.SIGSEGV
raise SystemExit(3 if os.WCOREDUMP(status) else 0)'
dumped=$?
files=$(ls | grep -c '^core')
rm -f core core.*
case $dumped,$files in
    0,0) echo "HELD: no core file" ;;
    3,*) echo "SUCCEEDED: dumped, files here: $files" ;;
    *) echo "unexpected: $dumped, $files" >&2; exit 1 ;;
esac
