"""Which file of a repository a spec names, fetched from a small Hub or found in the cache."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from recursor.errors import ModelError
from recursor.models import hub, registry
from tests.conftest import environment_of_tests

COMMITS = {"main": "a" * 40, "old": "b" * 40}
FILES = {
    "me/one": ["README.md", "one.gguf", "mmproj-one-F16.gguf"],
    "me/many": ["many-Q4_K_M.gguf", "many-Q8_0.gguf", "many-Q6_K.gguf", "many-Q6_K_L.gguf"],
    "me/split": [f"Q8_0/big-Q8_0-0000{n}-of-00003.gguf" for n in (3, 1, 2)],
    "me/folders": ["Q4_0/it.gguf", "Q8_0/it.gguf"],
    "me/none": ["README.md"],
}
FETCH = """
import sys
from recursor.errors import RecursorError
from recursor.models import hub
try:
    print(hub.fetch(sys.argv[1]))
except RecursorError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


PART = """
import sys
from huggingface_hub import snapshot_download
snapshot_download(sys.argv[1], allow_patterns=["*Q8_0*"])
"""


class _Hub(BaseHTTPRequestHandler):
    """The part of the Hub's interface that fetching needs; a file's content is its own address."""

    def do_GET(self) -> None:
        _, *path = self.path.partition("?")[0].split("/")
        if path[4:5] == ["tree"]:
            self._list("/".join(path[2:4]))
        elif path[:2] == ["api", "models"]:
            self._tell_of("/".join(path[2:4]), path[5] if len(path) > 5 else "main")
        else:
            self._send("/".join(path[:2]), path[3], "/".join(path[4:]))

    do_HEAD = do_GET

    def _tell_of(self, repo: str, revision: str) -> None:
        if repo == "me/gated":
            return self._answer(403, {"X-Error-Code": "GatedRepo"})
        if repo not in FILES:
            return self._answer(404, {"X-Error-Code": "RepoNotFound"})
        if revision not in COMMITS:
            return self._answer(404, {"X-Error-Code": "RevisionNotFound"})
        siblings = [{"rfilename": name} for name in FILES[repo]]
        told = {"id": repo, "sha": COMMITS[revision], "siblings": siblings}
        return self._answer(200, {}, json.dumps(told).encode())

    def _list(self, repo: str) -> None:
        files = [{"type": "file", "path": name, "size": 9, "oid": name} for name in FILES[repo]]
        self._answer(200, {}, json.dumps(files).encode())

    def _send(self, repo: str, revision: str, name: str) -> None:
        content = f"{repo}/{revision}/{name}".encode()
        headers = {
            "X-Repo-Commit": COMMITS.get(revision, revision),
            "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
        }
        self._answer(200, headers, content)

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hub) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nothing listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}"


class Home:
    """A cache, and a process of its own for each fetch: the library reads its settings once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(
        self, spec: str, endpoint: str, *, script: str = FETCH, **more: str
    ) -> subprocess.CompletedProcess[str]:
        settings = {"HF_HOME": str(self.path), "HF_ENDPOINT": endpoint, **more}
        return subprocess.run(
            [sys.executable, "-c", script, spec],
            capture_output=True, text=True, env={**environment_of_tests(), **settings},
        )  # fmt: skip

    def fetch(self, spec: str, endpoint: str, **more: str) -> Path:
        ran = self.run(spec, endpoint, **more)
        assert ran.returncode == 0, ran.stderr
        return Path(ran.stdout.strip())

    def refuse(self, spec: str, endpoint: str, **more: str) -> str:
        ran = self.run(spec, endpoint, **more)
        assert ran.returncode == 1, ran
        return ran.stderr.splitlines()[-1]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "hf")


@pytest.mark.parametrize(
    ("repo", "quant", "chosen"),
    [
        ("me/one", None, ["one.gguf"]),
        ("me/many", "Q4_K_M", ["many-Q4_K_M.gguf"]),
        ("me/many", "q4_k_m", ["many-Q4_K_M.gguf"]),
        ("me/many", "Q4_K", ["many-Q4_K_M.gguf"]),
        ("me/many", "Q6_K", ["many-Q6_K.gguf"]),
        ("me/many", "Q6_K_L", ["many-Q6_K_L.gguf"]),
        ("me/folders", "Q8_0", ["Q8_0/it.gguf"]),
        ("me/split", None, sorted(FILES["me/split"])),
        ("me/split", "Q8_0", sorted(FILES["me/split"])),
    ],
)
def test_a_quantisation_names_one_model(repo: str, quant: str | None, chosen: list[str]) -> None:
    assert hub.choose(FILES[repo], quant) == chosen


@pytest.mark.parametrize(
    ("names", "quant", "told"),
    [
        (FILES["me/many"], None, "more than one GGUF; there are: many-Q4_K_M.gguf, many-Q6_K.gg"),
        (["a-Q4_K_M.gguf", "a-Q4_K_S.gguf"], "Q4_K", "more than one GGUF for Q4_K; there are: a-"),
        (["a-Q4_0.gguf", "b-Q4_0.gguf"], "Q4_0", "more than one GGUF for Q4_0"),
        (FILES["me/many"], "Q5_K_M", "no GGUF for Q5_K_M; there are: many-Q4_K_M.gguf, many-"),
        (["a-IQ4_0.gguf"], "Q4_0", "no GGUF for Q4_0"),
        (["a-Q4_0x.gguf"], "Q4_0", "no GGUF for Q4_0"),
        (["a-Q4.0.gguf"], "Q4_0", "no GGUF for Q4_0"),
        (FILES["me/one"], "F16", "no GGUF for F16; there are: one.gguf"),
        (FILES["me/none"], None, "no GGUF; there are: none"),
        (FILES["me/split"][:2], "Q8_0", "only 2 of the 3 parts of Q8_0/big-Q8_0.gguf are there"),
    ],
)
def test_none_or_several_are_listed(names: list[str], quant: str | None, told: str) -> None:
    with pytest.raises(ModelError) as caught:
        hub.choose(names, quant)
    assert told in str(caught.value)


def test_a_file_is_fetched_into_the_cache(home: Home, endpoint: str) -> None:
    path = home.fetch("hf:me/many:Q4_K_M", endpoint)
    assert path.read_text() == "me/many/main/many-Q4_K_M.gguf"
    assert path.is_relative_to(home.path)
    assert [found.name for found in home.path.rglob("*.gguf")] == ["many-Q4_K_M.gguf"]


def test_all_parts_are_fetched_and_the_first_is_returned(home: Home, endpoint: str) -> None:
    path = home.fetch("hf:me/split:Q8_0", endpoint)
    assert path.name == "big-Q8_0-00001-of-00003.gguf"
    assert sorted(part.name for part in path.parent.iterdir()) == [
        f"big-Q8_0-0000{n}-of-00003.gguf" for n in (1, 2, 3)
    ]


def test_a_revision_is_another_commit(home: Home, endpoint: str) -> None:
    assert home.fetch("hf:me/one@old", endpoint).read_text() == "me/one/old/one.gguf"


@pytest.mark.parametrize("offline", [{"HF_HUB_OFFLINE": "1"}, {}])
def test_without_the_hub_the_cache_is_enough(
    home: Home, endpoint: str, nobody: str, offline: dict[str, str]
) -> None:
    path = home.fetch("hf:me/split", endpoint)
    assert home.fetch("hf:me/split:Q8_0", nobody, **offline) == path
    assert "no GGUF for Q4_0; there are: Q8_0/big" in home.refuse(
        "hf:me/split:Q4_0", nobody, **offline
    )
    lost = path.with_name("big-Q8_0-00002-of-00003.gguf")
    lost.unlink()
    assert "only 2 of the 3 parts" in home.refuse("hf:me/split", nobody, **offline)


def test_what_another_program_fetched_of_a_repository_is_found(
    home: Home, endpoint: str, nobody: str
) -> None:
    ran = home.run("me/many", endpoint, script=PART)
    assert ran.returncode == 0, ran.stderr
    assert home.fetch("hf:me/many:Q8_0", nobody).name == "many-Q8_0.gguf"


@pytest.mark.parametrize("offline", [{"HF_HUB_OFFLINE": "1"}, {}])
def test_without_hub_and_cache_it_is_one_line(
    home: Home, nobody: str, offline: dict[str, str]
) -> None:
    told = home.refuse("hf:me/one", nobody, **offline)
    assert told.startswith("ModelError: the Hub cannot be reached, and hf:me/one is not in the")


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("hf:me/nothing:Q4_0", "ModelError: there is no repository me/nothing on the Hub"),
        ("hf:me/gated:Q4_0", "ModelError: me/gated is gated; ask for access at"),
        ("hf:me/one@new", "ModelError: me/one has no revision new"),
        ("hf:me/many:Q5_0", "ModelError: there is no GGUF for Q5_0; there are: many-Q4_K_M.gguf"),
        ("hf:one", "UsageError: a model of the Hub looks like hf:ORG/REPO:QUANT"),
        ("hf:me/one:", "UsageError: a model of the Hub looks like hf:ORG/REPO:QUANT"),
        ("hf:me/-one", "UsageError: 'me/-one' is no repository of the Hub"),
    ],
)
def test_what_is_not_there_is_one_line(home: Home, endpoint: str, spec: str, told: str) -> None:
    assert told in home.refuse(spec, endpoint)


def test_a_fetched_file_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(b"GGUF")
    monkeypatch.setattr(hub, "fetch", {"hf:me/one": path}.__getitem__)
    with pytest.raises(ModelError, match=f"cannot load {path}"):
        registry.load("hf:me/one")


def test_a_missing_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ModelError, match=r" -m pip install .*\[hub\]'"):
        registry.load("hf:me/one")
