"""The wall, from inside and from outside, and what happens without it."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recursor.errors import SandboxError
from recursor.jail import account, capture, probe, profile
from recursor.jail.launcher import Jails
from recursor.types import Limits
from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.alone

SECCOMP = (
    "seccomp io_uring_setup,io_uring_enter,io_uring_register,"
    "inotify_init,inotify_init1,inotify_add_watch"
)
STATUS = """Uid:\t999\t999\t999\t999
NSpid:\t{nspid}
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t{caps}
CapBnd:\t0000000000000000
CapAmb:\t0000000000000000
NoNewPrivs:\t{privileges}
Seccomp:\t{seccomp}
Seccomp_filters:\t5
"""
OWNER = account.Account("guest", 999, 999, Path("/home/guest"), own=True)
LIMITS = Limits(processes=64, disk_bytes=2000, memory_bytes=1000)
BOUNDS = """Limit                     Soft Limit           Hard Limit           Units
Max core file size        0                    0                    bytes
Max file size             2000                 2000                 bytes
Max processes             64                   64                   processes
Max address space         1000                 1000                 bytes
"""
MOUNTS = """163 152 0:39 / /home/guest rw,nosuid,nodev - tmpfs tmpfs rw,size=4096k
164 163 254:0 /tmp/s/guest /home/guest/.guest ro,nosuid - ext4 /dev/vda rw
"""
GROUP = Path("/sys/fs/cgroup/memory/own/run/7")


def facts(**changes: str) -> str:
    good = {"nspid": "7", "caps": "0000000000000000", "privileges": "1", "seccomp": "2"}
    return STATUS.format(**{**good, **changes})


def report(**changes: object) -> dict[str, Any]:
    good = {
        "status": facts(),
        "uid_map": "       999        999          1\n",
        "visible": [],
        "interfaces": ["lo"],
        "internet_sockets": False,
        "writable": ["/tmp"],
    }
    return {**good, **changes}


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the kernel says of the process that reported."""
    files = {
        "status": facts(nspid="4321 7"),
        "uid_map": "999 999 1\n",
        "limits": BOUNDS,
        "mountinfo": MOUNTS,
        "cgroup": "8:pids:/\n4:memory:/own/run/7\n",
    }

    def read(path: Path, *_: object) -> str:
        return files[path.name]

    monkeypatch.setattr(Path, "read_text", read)
    return files


def test_two_agreeing_witnesses_are_a_proof(kernel: dict[str, str]) -> None:
    proven = prove(report())
    assert proven.uid == 999
    assert proven.seccomp_filters == 5
    assert (proven.memory, proven.disk, proven.guest) == ("cgroup v1", "tmpfs", "read-only mount")


def prove(said: dict[str, Any]) -> probe.Isolation:
    return probe.prove(said, 4321, OWNER, LIMITS, [GROUP], "cgroup v1")


def test_without_groups_nothing_in_memory_may_be_writable(kernel: dict[str, str]) -> None:
    assert probe.prove(report(writable=[]), 4321, OWNER, LIMITS).memory == "watchdog"
    with pytest.raises(SandboxError, match="/tmp"):
        probe.prove(report(), 4321, OWNER, LIMITS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": facts(seccomp="0")}, "seccomp"),
        ({"status": facts(privileges="0")}, "no_new_privs"),
        ({"status": facts(caps="0000000000000400")}, "CapEff"),
        ({"status": facts(nspid="4321")}, "pid namespace"),
        ({"status": STATUS.replace("999", "0")}, "Uid|uid"),
        ({"uid_map": "0 0 4294967295\n"}, "noroot"),
        ({"visible": ["/var/lib"]}, "/var/lib"),
        ({"interfaces": ["lo", "eth0"]}, "network"),
        ({"internet_sockets": True}, "protocol unix"),
        ({"status": ""}, "did not report"),
        ({"status": 5}, "did not report"),
    ],
)
def test_a_gap_in_the_report_is_named(
    kernel: dict[str, str], change: dict[str, object], message: str
) -> None:
    with pytest.raises(SandboxError, match=message):
        prove(report(**change))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("status", facts(nspid="7"), "pid namespace"),
        ("status", facts(nspid="4321 7", seccomp="0"), "seccomp"),
        ("uid_map", "0 0 4294967295\n", "noroot"),
        ("cgroup", "4:memory:/own\n", "control group"),
        ("cgroup", "4:memory:/\n", "control group"),
        ("limits", BOUNDS.replace("64 ", "99 "), "max processes"),
        ("limits", BOUNDS.replace("0                    0", "0                    9"), "core"),
        ("limits", "", "did not report"),
        ("mountinfo", MOUNTS.replace("- tmpfs", "- ext4"), "limited size"),
        ("mountinfo", MOUNTS.replace("ro,nosuid", "rw,nosuid"), "read-only mount"),
        ("mountinfo", "", "did not report"),
    ],
)
def test_a_good_report_that_the_kernel_denies_is_no_proof(
    kernel: dict[str, str], name: str, text: str, message: str
) -> None:
    kernel[name] = text
    with pytest.raises(SandboxError, match=message):
        prove(report())


def test_a_report_without_a_field_is_no_proof(kernel: dict[str, str]) -> None:
    for name in report().keys() - {"writable"}:
        with pytest.raises(SandboxError, match="did not report"):
            prove({k: v for k, v in report().items() if k != name})


PROBED: dict[str, Any] = {
    "calls": {"mount": "EPERM"},
    "families": {"AF_INET": "ENOTSUP"},
    "seen": [],
    "shadow": False,
    "processes": 9,
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"calls": {"mount": "EINVAL"}}, "system call mount"),
        ({"calls": {}}, "this kind of machine"),
        ({"families": {"AF_INET": "allowed"}}, "AF_INET"),
        ({"seen": ["/srv/secret"]}, "/srv/secret"),
        ({"shadow": True}, "shadow"),
        ({"processes": 3000}, "process of the host"),
    ],
)
def test_a_gap_that_the_probe_finds_is_named(change: dict[str, Any], message: str) -> None:
    assert probe.prove_fully(json.dumps(PROBED)) == {"refused": ["AF_INET", "mount"]}
    with pytest.raises(SandboxError, match=message):
        probe.prove_fully(json.dumps({**PROBED, **change}))


@pytest.mark.parametrize("printed", ["", "[]", "{}", "null", '{"calls": 3}'])
def test_a_probe_that_says_nothing_proves_nothing(printed: str) -> None:
    with pytest.raises(SandboxError, match="did not say"):
        probe.prove_fully(printed)


def test_the_profile_closes_whatever_lies_at_the_root(tmp_path: Path) -> None:
    for name in ("usr", "srv", "odd name"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("/usr")
    text = profile.text(Limits(processes=33), bounded=True, root=tmp_path)
    assert f"whitelist {tmp_path}/srv/.recursor-none\n" in text
    assert f"whitelist {tmp_path}/odd name/.recursor-none\n" in text
    assert f"blacklist {tmp_path}/file\n" in text
    assert f"{tmp_path}/usr" not in text
    assert f"{tmp_path}/link" not in text
    assert "rlimit-nproc 33\n" in text


def test_firejail_must_be_there_and_setuid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="not installed"):
        profile.firejail()
    (tmp_path / "firejail").touch(mode=0o755)
    with pytest.raises(SandboxError, match="not setuid root"):
        profile.firejail()


def test_roots_jails_have_each_a_uid_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    accounts = account.Accounts()
    uids = {accounts.next().uid for _ in range(1000)}
    assert len(uids) == 1000
    assert min(uids) >= 2**30
    assert max(uids) < 2**31


def test_a_tape_keeps_head_and_tail() -> None:
    tape = capture.Tape()
    for number in range(100_000):
        tape.add(b"%06d\n" % number)
    kept = tape.capture()
    assert kept.bytes_total == 700_000
    assert len(kept.data) == 2 * capture.KEPT_BYTES
    assert kept.data.startswith(b"000000\n")
    assert kept.data.endswith(b"099999\n")


def test_a_tape_of_little_keeps_everything() -> None:
    tape = capture.Tape()
    tape.add(b"a" * capture.KEPT_BYTES)
    tape.add(b"bc")
    assert tape.capture().data == b"a" * capture.KEPT_BYTES + b"bc"
    assert tape.capture().bytes_total == capture.KEPT_BYTES + 2


@pytest.fixture
def jails() -> Iterator[Jails]:
    made = Jails(Limits())
    yield made
    made.close()


@pytest.mark.jail
def test_a_broken_profile_starts_no_jail(grow: Grow, monkeypatch: pytest.MonkeyPatch) -> None:
    real = profile.text
    monkeypatch.setattr(profile, "text", lambda *a, **k: real(*a, **k) + "no-such-flag\n")
    with pytest.raises(SandboxError, match="is invalid"):
        grow(root_rule("echo"))


@pytest.mark.jail
@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("noroot", "noroot"),
        ("caps.drop all", "capabilities|seccomp|noroot"),
        ("net none", "network"),
        ("protocol unix", "protocol unix"),
        ("whitelist /var/.recursor-none", "/var/lib"),
        ("private-tmp", "recursor-"),
        ("restrict-namespaces", "system call unshare"),
        (SECCOMP, "system call io_uring_enter|system call io_uring"),
    ],
)
def test_a_flag_that_is_lost_is_noticed(
    grow: Grow, monkeypatch: pytest.MonkeyPatch, flag: str, message: str
) -> None:
    """The control of the proof: without the measure it must fail."""
    change_profile(monkeypatch, flag, "")
    with pytest.raises(SandboxError, match=message):
        grow(root_rule("echo"))


@pytest.mark.jail
def test_a_misspelt_system_call_is_noticed(grow: Grow, monkeypatch: pytest.MonkeyPatch) -> None:
    """firejail ignores a name that it does not know."""
    change_profile(monkeypatch, SECCOMP, SECCOMP.replace("io_uring_enter", "io_uring_entre"))
    with pytest.raises(SandboxError, match="system call io_uring_enter is refused"):
        grow(root_rule("echo"))


def change_profile(monkeypatch: pytest.MonkeyPatch, line: str, other: str) -> None:
    real = profile.text

    def changed(*arguments: Any, **options: Any) -> str:
        lines = real(*arguments, **options).splitlines()
        assert line in lines
        return "\n".join(other if found == line else found for found in lines) + "\n"

    monkeypatch.setattr(profile, "text", changed)


@pytest.mark.jail
def test_firejail_that_runs_the_program_bare_is_noticed(
    grow: Grow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What firejail does when it believes that it is inside a sandbox already."""

    def bare(_: str, __: Path, private: Path, program: list[str]) -> list[str]:
        return ["/bin/sh", "-c", f'cd "{private}" && exec "$@"', "sh", *program]

    monkeypatch.setattr(profile, "command", bare)
    with pytest.raises(SandboxError, match="did not prove"):
        grow(root_rule("echo"))


@pytest.mark.jail
def test_the_door_and_home_belong_to_the_jail_user_alone(grow: Grow) -> None:
    program = 'stat -c "%a %U" . .guest/door; id -un; id -G | wc -w'
    run = grow(root_rule(program))
    owner = account.Accounts().next().name
    expected = ["700", owner, "600", owner, owner, "1"]
    assert run["nodes"][0]["stdout"]["text"].split() == expected


HOST_VIEW = """
cat /etc/shadow; ls /root /var/lib /home /srv /opt; cat /proc/1/environ; cat /proc/1/cmdline
ls /sys; ls /run; ls -d /proc/[0-9]* | wc -l
"""


@pytest.mark.jail
def test_the_host_is_out_of_sight(grow: Grow, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from outside")
    run = grow(root_rule(f"{HOST_VIEW}\ncat {secret}"))
    said = run["nodes"][0]["stdout"]["text"].split()
    home = account.Accounts().next().home.name
    assert "from" not in said
    assert [word for word in said if word not in ("/root:", "/var/lib:", "/srv:", "/opt:")][:2] == [
        "/home:",
        home,
    ]
    assert int(said[-1]) < 12


@pytest.mark.jail
def test_there_is_no_network(grow: Grow) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        connect = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        assert subprocess.run(["/usr/bin/python3", "-c", connect]).returncode == 0, "the control"
        run = grow(root_rule(connect, "python"))
    assert run["nodes"][0]["exit_code"] == 1
    assert "not supported" in run["nodes"][0]["stderr"]["text"]


@pytest.mark.jail
def test_resource_limits_hold(grow: Grow) -> None:
    program = """
python3 -c 'bytearray(400 * 2**20)' 2>/dev/null; echo "memory $?"
python3 -c '
import os, time
made = 0
try:
    while made < 60 and os.fork():
        made += 1
    time.sleep(30)
except OSError:
    print("processes", made)
'
"""
    run = grow(root_rule(program), memory_bytes=256 * 2**20, processes=20, seconds=100)
    said = re.fullmatch(r"memory 1\nprocesses (\d+)\n", run["nodes"][0]["stdout"]["text"])
    assert said is not None
    assert 0 < int(said[1]) < 20


@pytest.mark.jail
def test_a_file_ends_at_the_disk_limit(grow: Grow) -> None:
    """The kernel refuses the write; a watchdog that sees the full folder first ends the program."""
    run = grow(root_rule('head -c 3000000 /dev/zero > big; echo "file $?"'), disk_bytes=2**20)
    only = run["nodes"][0]
    assert only["end_cause"] == "disk" or only["stdout"]["text"] in ("file 1\n", "file 153\n")
    assert all(file["size"] <= 2**20 for file in only["files"])


@pytest.mark.jail
def test_nothing_is_left_of_a_run(grow: Grow) -> None:
    """Odd files, deep folders, closed folders, daemons: all of it goes."""
    before = set(Path("/tmp").glob("recursor-*"))
    program = """
mkdir closed && touch closed/file && chmod 000 closed
ln -s /etc/passwd link; mkfifo pipe; touch $'new\\nline'
python3 -c "
import os
for _ in range(3000):
    os.mkdir('d'); os.chdir('d')
"
(trap '' TERM HUP; setsid sleep 2718281 &) &
"""
    run = grow(root_rule(program))
    assert run["nodes"][0]["end_cause"] in ("exited", "disk")  # a watchdog counts no such nesting
    assert set(Path("/tmp").glob("recursor-*")) <= before
    said = subprocess.run(["ps", "axo", "args"], capture_output=True, check=True)
    assert b"2718281" not in said.stdout


@pytest.mark.jail
def test_without_its_guardian_nothing_runs(grow: Grow, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(Path("/tmp").glob("recursor-*"))
    make = Jails.__init__

    def orphan(jails: Jails, *arguments: Any) -> None:
        make(jails, *arguments)
        jails.line._process.kill()
        jails.line._process.wait()

    monkeypatch.setattr(Jails, "__init__", orphan)
    with pytest.raises(SandboxError, match="guardian"):
        grow(root_rule("echo"))
    assert set(Path("/tmp").glob("recursor-*")) <= before


@pytest.mark.jail
def test_the_scratch_folder_is_closed_to_others(jails: Jails) -> None:
    assert stat.S_IMODE(jails.scratch.stat().st_mode) == 0o711
    assert jails.scratch.stat().st_uid == os.geteuid()
