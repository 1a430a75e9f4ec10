# Python started with a bare, changed or missing environment runs as it would without hooks.
import os
import subprocess
import sys

PROGRAM = "import os; exec('x = 1'); print(os.environ.get('A'), eval('x'), exec('os.environ[\"B\"] = \"2\"'), os.getenv('B'))"
for environment in ({}, {"A": "1"}, {"PATH": "/nowhere"}, {"PYTHONPATH": "/nowhere"}, {"PYTHONHASHSEED": "1", "A": "é"}, {"PYTHONNOUSERSITE": "1"},
                    {"PYTHONSTARTUP": "absent.py"}, {"PYTHONDONTWRITEBYTECODE": ""}, {"PYTHONSAFEPATH": "1"}, {"PYTHONUNBUFFERED": "1"}):
    p = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    print(environment, p.returncode, repr(p.stdout), p.stderr)
os.environ.clear()
print(subprocess.run([sys.executable, "-c", "exec('print(2)')"], capture_output=True))
exec("import os; os.environ['LATE'] = '3'")
print(subprocess.run([sys.executable, "-c", "print(eval('__import__(\"os\").environ[\"LATE\"]'))"], capture_output=True))
