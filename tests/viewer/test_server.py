"""The live server tells the record to who may know it, and lets nobody change anything."""

from __future__ import annotations

import asyncio
import gc
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from recursor.errors import StoreError, UsageError
from recursor.store import Store
from recursor.viewer import server
from recursor.viewer.documents import Document
from tests.conftest import Cli
from tests.viewer.conftest import viewing
from tests.viewer.test_documents import ROOT, a_run, keep

TOKEN, HOST = "a-token", "127.0.0.1:1234"


@pytest.fixture
def client(db: str) -> Iterator[TestClient]:
    with Store(f"sqlite:///{db}", write=True) as store:
        keep(store, a_run())
        answers = server.Answers(store, _no_experiment)
        application = server.application(answers, TOKEN, HOST)
        with TestClient(application, base_url=f"http://{HOST}") as opened:
            yield opened


def _no_experiment(name: str) -> None:
    raise UsageError(f"there is no experiment {name!r}")


def test_the_page_and_its_documents_are_served(client: TestClient) -> None:
    page = client.get(f"/{TOKEN}/")
    assert page.status_code == 200 and page.text.startswith("<!doctype html>")
    assert "connect-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    for name, value in server.HEADERS.items():
        assert page.headers[name] == value
    index = client.get(f"/{TOKEN}/api/index").json()
    run = index["runs"][0]["id"]
    tree = client.get(f"/{TOKEN}/api/runs/{run}/tree").json()
    node = client.get(f"/{TOKEN}/api/runs/{run}/nodes/{tree['nodes']['id'][0]}").json()
    assert index["live"] and node["node"]["program"] == ROOT
    assert client.get(f"/{TOKEN}/api/runs/{run}/nodes/operator").json()["node"] is None
    found = client.get(f"/{TOKEN}/api/runs/{run}/search", params={"q": "CHILD"}).json()
    assert found["nodes"] == tree["nodes"]["id"][1:]
    pair = client.get(f"/{TOKEN}/api/pairs/{run}/{run}").json()
    assert {row["mark"] for row in pair["rows"]} == {"="}
    measures = client.get(f"/{TOKEN}/api/runs/{run}/measures").json()
    assert len(measures["families"]) == 4


def test_a_measurement_that_failed_is_made_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [StoreError("not enough memory"), {"families": []}, {"families": [1]}]

    async def measured(*_: object) -> object:
        result = said.pop(0)
        if isinstance(result, StoreError):
            raise result
        return result

    monkeypatch.setattr(server.Answers, "_measure", measured)
    asked = [client.get(f"/{TOKEN}/api/runs/last/measures") for _ in range(3)]
    assert [answer.status_code for answer in asked] == [500, 200, 200]
    assert asked[1].json() == asked[2].json() == {"families": []}


def test_what_is_not_there_is_told(client: TestClient) -> None:
    for name in ("runs/none/tree", "runs/last/nodes/none", "pairs/last/none", "experiments/none"):
        answer = client.get(f"/{TOKEN}/api/{name}")
        assert answer.status_code == 404 and "there is no" in answer.json()["error"], name
    assert client.get(f"/{TOKEN}/api/none").status_code == 404
    assert client.get(f"/{TOKEN}/../../etc/passwd").status_code == 404


@pytest.mark.parametrize("path", ["/", "/a-toke/", "/a-tokenn/", "/wrong/api/index", "//a-token/"])
def test_without_the_token_nothing_is_told(client: TestClient, path: str) -> None:
    answer = client.get(f"http://{HOST}{path}")
    assert answer.status_code == 404 and answer.text == "there is nothing here"


@pytest.mark.parametrize("target", ["*", "", "wrong", f"x{TOKEN}"])
def test_a_target_that_is_no_path_is_refused(client: TestClient, target: str) -> None:
    gate = client.app
    assert isinstance(gate, server._Gate)
    headers = [(b"host", HOST.encode())]
    refusal = gate._refusal({"type": "http", "method": "GET", "path": target, "headers": headers})
    assert refusal is not None and refusal.status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost:1234"},
        {"Host": "127.0.0.1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_whoever_asks_from_elsewhere_is_refused(
    client: TestClient, headers: dict[str, str]
) -> None:
    for path in ("", "api/index"):
        answer = client.get(f"/{TOKEN}/{path}", headers=headers)
        assert answer.status_code == 403 and answer.text == "asked from elsewhere"
    own = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
    assert client.get(f"/{TOKEN}/api/index", headers=own).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"])
def test_nothing_can_be_changed(client: TestClient, method: str) -> None:
    answer = client.request(method, f"/{TOKEN}/api/index")
    assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD"
    assert "access-control-allow-origin" not in answer.headers


def test_once_it_ends_nothing_more_is_measured(db: str, caplog: pytest.LogCaptureFixture) -> None:
    async def measured(*, ended: bool) -> Document:
        answers = server.Answers(store, _no_experiment)
        if ended:
            answers.end()
        return await answers.measures(Request({"type": "http", "path_params": {"run": "last"}}))

    with Store(f"sqlite:///{db}", write=True) as store:
        keep(store, a_run())
        asyncio.run(measured(ended=False))
        with pytest.raises(StoreError, match="could not be measured"):
            asyncio.run(measured(ended=True))
    gc.collect()
    assert caplog.text == ""  # nor does asyncio complain of what was not written any more


# --- from the command line


@pytest.fixture
def served(db: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`recursor view` of a run, and its address."""
    with Store(f"sqlite:///{db}", write=True) as store:
        keep(store, a_run())
    with viewing(db) as started:
        yield started


def test_ctrl_c_ends_it_whatever_it_does(served: tuple[subprocess.Popen[str], str]) -> None:
    process, url = served
    parts = urlsplit(url)
    assert parts.hostname == "127.0.0.1" and len(parts.path) > 40
    with urllib.request.urlopen(f"{url}api/index") as index:
        assert b'"live":true' in index.read()
    assert _status(parts.netloc, parts.path, parts.netloc) == 200
    assert _status(parts.netloc, parts.path, parts.netloc, "evil.example") in (400, 403)
    measuring = HTTPConnection(parts.netloc)
    measuring.request("GET", f"{parts.path}api/runs/last/measures")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    wait_until(lambda: children.read_text().split())
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)  # what measures holds stderr too: it ended as well
    measuring.close()
    assert process.returncode == 0
    assert errors == "recursor: open this address in a browser; Ctrl-C ends it\n"


def wait_until(holds: Callable[[], object]) -> None:
    """Wait for what comes, sooner or later."""
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def _status(netloc: str, path: str, *hosts: str) -> int:
    asked = HTTPConnection(netloc)
    asked.putrequest("GET", path, skip_host=True)
    for host in hosts:
        asked.putheader("Host", host)
    asked.endheaders()
    try:
        return asked.getresponse().status
    finally:
        asked.close()


def test_mistakes_are_one_line(cli: Cli, db: str, tmp_path: Path) -> None:
    nothing = cli("view", str(tmp_path / "none.db"))
    assert nothing.returncode == 1 and nothing.stderr.count("\n") == 1
    Store(f"sqlite:///{db}", write=True).close()
    with server.listen(0) as taken:
        port = taken.getsockname()[1]
        refused = cli("view", db, "--port", str(port))
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"recursor: port {port} cannot be had: ")
