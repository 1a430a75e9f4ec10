# tries: to learn from /etc/passwd which services the host runs
# must: it names no service beyond the distribution's own basic accounts (uid below 100)
# control: outside
# open: to a normal user, who cannot mount a passwd file of its own
import os
import pwd

entries = [entry for entry in pwd.getpwall() if entry.pw_uid != os.getuid()]
services = [entry.pw_name for entry in entries if 100 <= entry.pw_uid < 65534]
if services:
    print("SUCCEEDED:", *services)
else:
    print("HELD: none")
