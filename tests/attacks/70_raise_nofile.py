# tries: to raise its limit of open files
# must: it is refused
# control: without rlimit-nofile 256
import resource

try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))
except ValueError as error:
    print("HELD:", error)
else:
    print("SUCCEEDED:", resource.getrlimit(resource.RLIMIT_NOFILE))
