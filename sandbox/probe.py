"""Try, from inside a jail, what the wall must refuse; print what came of it as one JSON object.

The host sends this program of its own into one jail before each run. `calls` holds the error that
each system call gave: most arguments are such that a kernel that lets the call through gives
another one than the wall's, or lets it succeed.
"""

import ctypes
import errno
import json
import os
import socket
import stat
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "proc", "dev", "home")

# Numbers of the calls on the two machines that Debian and Ubuntu are common on.
NUMBERS = {
    "x86_64": {
        "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
        "inotify_init1": 294, "inotify_add_watch": 254,
        "unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155,
        "bpf": 321, "perf_event_open": 298, "keyctl": 250, "userfaultfd": 323,
        "init_module": 175, "kexec_load": 246, "process_vm_readv": 310, "fsopen": 430,
        "open_tree": 428,
    },
    "aarch64": {
        "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
        "inotify_init1": 26, "inotify_add_watch": 27,
        "unshare": 97, "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41,
        "bpf": 280, "perf_event_open": 241, "keyctl": 219, "userfaultfd": 282,
        "init_module": 105, "kexec_load": 104, "process_vm_readv": 270, "fsopen": 430,
        "open_tree": 428,
    },
}  # fmt: skip
NEW_USER = 0x10000000
ARGUMENTS = {"unshare": [NEW_USER], "process_vm_readv": [1, 0, 0, 0, 0, 0], "keyctl": [0, -3, 0]}


def call(name, number):
    child, parent = os.pipe()
    if os.fork() == 0:
        arguments = [ctypes.c_long(value) for value in ARGUMENTS.get(name, [-1, 0, 0, 0, 0, 0])]
        done = LIBC.syscall(ctypes.c_long(number), *arguments)
        said = "allowed" if done >= 0 else errno.errorcode[ctypes.get_errno()]
        os.write(parent, said.encode())
        os._exit(0)
    os.close(parent)
    said = os.read(child, 100).decode() or "killed"
    os.close(child)
    os.wait()
    return said


def family(name):
    try:
        socket.socket(getattr(socket, name), socket.SOCK_RAW).close()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "allowed"


def holds(path):
    try:
        return [name for name in os.listdir(path) if name != "firejail"]
    except NotADirectoryError:
        return [path]
    except OSError:
        return []


def seen():
    """List what is at the root of the host and not empty here."""
    found = []
    for name in os.listdir("/"):
        mode = os.lstat("/" + name).st_mode
        if name in FOLDERS or stat.S_ISLNK(mode):
            continue
        if stat.S_ISDIR(mode):
            found += [f"/{name}/{inside}" for inside in holds("/" + name)]
        elif os.access("/" + name, os.R_OK):
            found.append("/" + name)
    return found


def main():
    numbers = NUMBERS.get(os.uname().machine, {})
    own = {int(pid) for pid in os.listdir("/proc") if pid.isdigit()}
    json.dump(
        {
            "calls": {name: call(name, number) for name, number in numbers.items()},
            "families": {n: family(n) for n in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET")},
            "seen": seen(),
            "processes": max(own),
            "shadow": os.path.exists("/etc/shadow"),
        },
        sys.stdout,
    )


main()
