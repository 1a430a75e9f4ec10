"""The first process of a jail: prove the isolation, receive the program, become it.

It runs before any generated code. It connects to the jail's door, reports what it sees of its own
isolation, and waits: the host sends a program only if the report, and the kernel's own view of this
process from outside, satisfy it. It runs with `python3 -IS`, once for every jail, and imports only
what is compiled into the interpreter or nearly so: the well-known modules above these would more
than double its start.
"""

import _signal
import _socket
import os
from _json import encode_basestring_ascii as quoted

DOOR = ".guest/door"
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
        _socket.socket(family, _socket.SOCK_DGRAM).close()
    except OSError:
        return False
    return True


def listed(names: list[str]) -> str:
    return "[" + ", ".join(map(quoted, names)) + "]"


def report() -> str:
    """Return the isolation as this process sees it, one line of JSON."""
    visible = [*filter(os.path.exists, HIDDEN), *os.listdir("/tmp"), *os.listdir("/dev/shm")]
    devices = read("/proc/net/dev").splitlines()[2:]
    internet = reachable(_socket.AF_INET) or reachable(_socket.AF_INET6)
    fields = {
        "operation": quoted("report"),
        "status": quoted(read("/proc/self/status")),
        "uid_map": quoted(read("/proc/self/uid_map")),
        "visible": listed(visible),
        "interfaces": listed([line.split(":")[0].strip() for line in devices]),
        "internet_sockets": "true" if internet else "false",
        "writable": listed([path for path in ("/tmp", "/dev/shm") if os.access(path, os.W_OK)]),
    }
    return "{" + ", ".join(f"{quoted(name)}: {value}" for name, value in fields.items()) + "}\n"


def receive(door: _socket.socket) -> bytes:
    parts = []
    while part := door.recv(65536):
        parts.append(part)
    return b"".join(parts)


def main() -> None:
    door = _socket.socket(_socket.AF_UNIX)
    door.connect(DOOR)
    os.write(door.fileno(), report().encode())
    # What firejail left here is no part of what a program finds.
    for name in (".bashrc", ".inputrc"):
        if os.path.lexists(name):
            os.unlink(name)
    order = receive(door)
    door.close()
    if not order:
        raise SystemExit("the host did not accept this jail")
    head, files = order.split(b"\0\0", 1)
    interpreter, name, *environment = head.split(b"\0")
    while files:
        path, size, files = files.split(b"\0", 2)
        if b"/" in path:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(files[: int(size)])
        files = files[int(size) :]
    os.chmod(name, 0o755)
    # Python ignores these two, and what is ignored stays so in the program.
    _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
    _signal.signal(_signal.SIGXFSZ, _signal.SIG_DFL)
    pairs = (variable.split(b"=", 1) for variable in environment)
    os.execve(interpreter, [interpreter, name], dict(pairs))


main()
