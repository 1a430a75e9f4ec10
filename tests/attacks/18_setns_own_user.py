# tries: to enter a user namespace above its own by the NS_GET_PARENT ioctl
# must: the ioctl or setns is refused with EPERM
# control: none, outside there is nothing above
import errno
import fcntl
import os

NS_GET_USERNS, NS_GET_PARENT = 0xB701, 0xB702
own = os.open("/proc/self/ns/user", os.O_RDONLY)
for request in (NS_GET_PARENT, NS_GET_USERNS):
    try:
        above = fcntl.ioctl(own, request)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
    else:
        print("SUCCEEDED: a descriptor of the namespace above:", above)
        break
else:
    print("HELD: EPERM")
