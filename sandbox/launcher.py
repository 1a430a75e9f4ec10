"""The first process of a jail: prove the isolation, receive the program, become it.

It runs before any generated code. It connects to the jail's door, reports what it sees of its own
isolation, and waits: the host sends a program only if the report, and the kernel's own view of this
process from outside, satisfy it. Standard library only; it runs with `python3 -IS`.
"""

import json
import os
import signal
import socket
import sys

GUEST = ".guest"
HIDDEN = ("/var/lib", "/sys/kernel", "/etc/firejail", "/etc/shadow")
"""Of the host; nearly every host has them, no jail may."""


def read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError as error:
        return f"unreadable: {error.strerror}"


def reachable(family: int) -> bool:
    try:
        socket.socket(family, socket.SOCK_DGRAM).close()
    except OSError:
        return False
    return True


def report() -> dict[str, object]:
    return {
        "operation": "report",
        "status": read("/proc/self/status"),
        "uid_map": read("/proc/self/uid_map"),
        "visible": [*filter(os.path.exists, HIDDEN), *os.listdir("/tmp"), *os.listdir("/dev/shm")],
        "interfaces": [
            line.split(":")[0].strip() for line in read("/proc/net/dev").splitlines()[2:]
        ],
        "internet_sockets": reachable(socket.AF_INET) or reachable(socket.AF_INET6),
        "writable": [path for path in ("/tmp", "/dev/shm") if os.access(path, os.W_OK)],
    }


def main() -> None:
    home = os.getcwd()
    door = socket.socket(socket.AF_UNIX)
    door.connect(os.path.join(home, GUEST, "door"))
    door.sendall(json.dumps(report()).encode() + b"\n")
    # What firejail left here is no part of what a program finds.
    for name in (".bashrc", ".inputrc"):
        if os.path.lexists(name):
            os.unlink(name)
    with door.makefile("rb") as answer:
        line = answer.readline()
    if not line:
        sys.exit("the host did not accept this jail")
    order = json.loads(line)
    name = order["name"]
    with open(name, "w", encoding="utf-8", newline="") as file:
        file.write(order["program"])
    os.chmod(name, 0o755)
    door.close()
    interpreter = order["interpreter"]
    environment = dict(order["environment"], HOME=home, TMPDIR=order["temporary"] or home)
    environment["PATH"] = f"{environment['PATH']}:{home}"
    environment["PYTHONPATH"] = os.path.join(home, GUEST)
    # Python ignores these two, and what is ignored stays so in the program.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.execve(interpreter, [interpreter, name], environment)


main()
