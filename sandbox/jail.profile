# The wall around one program: what firejail must do, whatever the host looks like.
# `recursor/jail/profile.py` adds what depends on the host (which directories exist, which limits
# the run has) and writes the whole profile beside the jails of a run; the record keeps its text.

# Network: an empty namespace, and no socket family but AF_UNIX.
net none
protocol unix

# Namespaces and privileges: SysV IPC of its own, no root inside, nothing to gain by exec.
ipc-namespace
noroot
nonewprivs
caps.drop all
nogroups

# System calls: firejail's own deny list, io_uring, and inotify (all jails share the inodes of /usr,
# so it shows what others do); no 32-bit calls; no new namespaces.
seccomp io_uring_setup,io_uring_enter,io_uring_register,inotify_init,inotify_init1,inotify_add_watch
seccomp.block-secondary
restrict-namespaces

# Files: an empty /tmp and /dev/shm, a minimal /dev, nothing of the kernel's knobs.
private-dev
private-tmp
private-cwd
blacklist /sys
blacklist /proc/cmdline
blacklist /proc/1/cmdline
blacklist /proc/1/task
blacklist /proc/pressure
blacklist /proc/keys
blacklist /proc/key-users

# Of /usr and /etc only what programs need. Whitelisting a path that does not exist empties the
# directory above it: this is how deny-by-default is obtained.
whitelist /usr/local/.recursor-none
whitelist /usr/src/.recursor-none
whitelist /usr/games/.recursor-none
whitelist /usr/include/.recursor-none
whitelist /etc/ld.so.cache
whitelist /etc/alternatives
whitelist /etc/passwd
whitelist /etc/group
whitelist /etc/localtime

# The program cannot tell one host from another, and its exit code is its own.
hostname localhost
deterministic-exit-code
nice 10
rlimit-nofile 256
