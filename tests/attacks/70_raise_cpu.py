# tries: to raise its limit of processor time
# must: it is refused
# control: without rlimit-cpu 20
import resource

try:
    resource.setrlimit(resource.RLIMIT_CPU, (86400, 86400))
except ValueError as error:
    print("HELD:", error)
else:
    print("SUCCEEDED:", resource.getrlimit(resource.RLIMIT_CPU))
