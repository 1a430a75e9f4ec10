# tries: to raise its limit of file sizes
# must: it is refused
# control: without rlimit-fsize 33554432
import resource

try:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**40, 2**40))
except ValueError as error:
    print("HELD:", error)
else:
    print("SUCCEEDED:", resource.getrlimit(resource.RLIMIT_FSIZE))
