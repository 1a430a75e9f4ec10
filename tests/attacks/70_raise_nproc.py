# tries: to raise its limit of processes
# must: it is refused
# control: without rlimit-nproc 64
import resource

try:
    resource.setrlimit(resource.RLIMIT_NPROC, (4096, 4096))
except ValueError as error:
    print("HELD:", error)
else:
    print("SUCCEEDED:", resource.getrlimit(resource.RLIMIT_NPROC))
