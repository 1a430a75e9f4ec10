# tries: to find something of the tester's in its environment (keys, paths)
# must: the environment has only names that every jail gets
# control: none, the control outside gets a clean environment too
import os

ALLOWED = {
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONHASHSEED", "TMPDIR", "RUN_AI",
    "BASH_ENV", "PYTHONPATH", "PWD", "SHLVL", "_", "OLDPWD",
}  # fmt: skip
more = sorted(set(os.environ) - ALLOWED)
assert "HOME" in os.environ
if more:
    print("SUCCEEDED:", *more)
else:
    print("HELD: only", *sorted(os.environ))
