# Shells that Python starts with a bare or changed environment run as they would without hooks.
import os
import subprocess

for environment in ({}, {"A": "1"}, {"PATH": "/nowhere"}, {"BASH_ENV": "", "A": "2"}, {"BASH_ENV": "absent.sh"}, {"ENV": "absent.sh"}, {"SHELLOPTS": "noglob"},
                    {"BASH_FUNC_f%%": "() { echo function from Python; }", "A": "é"}):
    p = subprocess.run(["/bin/bash", "-c", "eval 'echo bash $A *'; . /dev/null; f 2>/dev/null; exit 3"], env=environment, capture_output=True, text=True)
    print(environment, p.returncode, repr(p.stdout), p.stderr)
os.environ.clear()
os.system("eval 'echo cleared ${HOME-unset}'")
print(subprocess.getoutput("echo ${A-none}"))
os.putenv("A", "put")
os.system("echo $A; /bin/bash -c 'eval \"echo $A\"'")
print(subprocess.getstatusoutput("echo 'echo $A; exit 4' | /bin/bash"))
