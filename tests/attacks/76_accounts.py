# tries: to list the accounts of the host's people and services
# must: /etc/passwd has its own entry and none of another person (uid 1000 and up)
# control: outside
import os
import pwd

entries = [entry for entry in pwd.getpwall() if entry.pw_uid != os.getuid()]
people = [entry.pw_name for entry in entries if 1000 <= entry.pw_uid < 65534]
if people:
    print("SUCCEEDED:", *people)
else:
    print("HELD: no people,", len(entries), "accounts of the system")
