# tries: to open the files behind its standard streams anew, for reading what the tester writes
# must: they are /dev/null and pipes whose other end the tester alone holds
# control: none, whatever starts the control gives it pipes too
import os

names = [os.readlink(f"/proc/self/fd/{number}") for number in (0, 1, 2)]
if names[0] == "/dev/null" and all(name.startswith("pipe:") for name in names[1:]):
    print("HELD:", *names)
else:
    print("SUCCEEDED:", *names)
