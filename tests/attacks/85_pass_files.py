# tries: to pass open files over a unix socket to a process of the host
# must: no socket with a name of the host's takes its connection
# control: none, outside too there may be nobody to take it
import socket

NAMES = (
    "/run/dbus/system_bus_socket", "/run/systemd/journal/socket", "/run/systemd/private",
    "/run/docker.sock", "/run/udev/control", "/tmp/.X11-unix/X0", "\0/tmp/.X11-unix/X0",
    "/run/systemd/notify", "/run/postgresql/.s.PGSQL.5432",
    "\0/org/kernel/linux/storage/multipathd",
)  # fmt: skip
for name in NAMES:
    with socket.socket(socket.AF_UNIX) as out:
        try:
            out.connect(name)
        except (FileNotFoundError, ConnectionRefusedError, PermissionError):
            continue
        print("SUCCEEDED: connected to", name)
        break
else:
    print("HELD: none of", len(NAMES))
