"""The guardian outlives what it cannot do."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from recursor.jail.guardian import MESSAGE_BYTES, Guardian


@pytest.mark.parametrize("own", [None, {"uid": 2**30, "disk_bytes": 4096, "files": 8}])
def test_a_jail_that_could_not_be_made_can_be_cleared(tmp_path: Path, own: Any) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        guardian = Guardian(theirs, tmp_path)
        nowhere = str(tmp_path / "nowhere")
        order = {
            "start": "1", "home": f"{nowhere}/1", "guest": f"{nowhere}/1.guest", "links": {},
            "command": [], "environment": {}, "groups": [], "own": own,
        }  # fmt: skip
        for request in (order, {"clear": "1"}):
            ours.send(json.dumps(request).encode())
            assert guardian._serve()
        assert json.loads(ours.recv(MESSAGE_BYTES))["failed"] == "1"
