# subprocess.run with and without a shell gives the output, status and errors of the command.
import subprocess

print(subprocess.run("echo out; echo err >&2; exit 3", shell=True, capture_output=True, text=True))
print(subprocess.run("cat; echo $0 $1", shell=True, input=b"given", stdout=subprocess.PIPE))
print(subprocess.run(["echo $0 $1", "a", "b"], shell=True, capture_output=True).stdout)
print(subprocess.run(["printf", "%s|", "x y", "", "z"], capture_output=True, text=True).stdout)
print(subprocess.run("echo $0; eval 'echo evaluated'", shell=True, executable="/bin/bash", capture_output=True, text=True).stdout)
print(subprocess.run("kill -USR1 $$", shell=True).returncode, subprocess.run(["true"]), subprocess.call("exit 9", shell=True))
print(subprocess.run("echo both; echo two >&2", shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout)
print(subprocess.getstatusoutput("echo got; exit 2"), subprocess.getoutput("echo plain"))
for args, options in ((["no_such_program"], {}), (["./not_here"], {}), ([], {}), ("a b c", {}), (["true"], {"cwd": "no_dir"}),
                      ([""], {}), (["true\0"], {}), ("exit 1", {"shell": True, "check": True}), ([1], {}),
                      ("sleep 5", {"shell": True, "timeout": 0.02, "executable": "/bin/bash"})):
    try:
        print(subprocess.run(args, **options))
    except (OSError, ValueError, TypeError, IndexError, subprocess.SubprocessError) as e:
        print(type(e).__name__, "timed out" if "timed" in str(e) else e)
