# tries: to reach the services of the host by their sockets under /run
# must: neither the sockets nor their directories are there
# control: outside
from pathlib import Path

seen = []
for name in (
    "dbus",
    "systemd",
    "docker.sock",
    "containerd",
    "postgresql",
    "user",
    "udev",
    "lock",
    "podman",
    "snapd.socket",
    "avahi-daemon",
    "X11-unix",
    "screen",
    "tmux",
    "log",
):
    for top in ("/run", "/var/run", "/tmp/.X11-unix"):
        path = Path(top, name)
        if path.exists():
            seen.append(str(path))
if seen:
    print("SUCCEEDED:", *seen)
else:
    assert Path("/proc/net/unix").exists()
    print("HELD: none is there")
