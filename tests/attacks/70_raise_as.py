# tries: to raise its limit of memory
# must: it is refused
# control: without rlimit-as 536870912
import resource

try:
    resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))
except ValueError as error:
    print("HELD:", error)
else:
    print("SUCCEEDED:", resource.getrlimit(resource.RLIMIT_AS))
