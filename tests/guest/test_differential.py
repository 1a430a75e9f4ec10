"""With the hooks every program behaves exactly as without them.

Each snippet pins down one piece of the interpreters' semantics. It runs plain, with hooks whose
door calls every text its own, and with hooks whose door makes every text a scope.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guest.stand_in import SNIPPETS, Outside

SECONDS = 100


@pytest.fixture(scope="module", params=["own", "scope"])
def answer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Outside:
    return Outside(tmp_path_factory.mktemp("hooks"))


def test_there_are_enough_snippets() -> None:
    suffixes = [snippet.suffix for snippet in SNIPPETS]
    assert suffixes.count(".sh") >= 60
    assert suffixes.count(".py") >= 40


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda path: path.name)
def test_the_hooks_change_nothing(
    outside: Outside, answer: str, snippet: Path, tmp_path: Path
) -> None:
    with outside.door(answer) as door:
        homes = {"plain": tmp_path / "plain" / "home", "hooked": tmp_path / "hooked" / "home"}
        for home in homes.values():
            home.parent.mkdir()
        started = {n: outside.start(snippet, h, hooks=n == "hooked") for n, h in homes.items()}
        ended = {name: process.communicate(timeout=SECONDS) for name, process in started.items()}
    plain, hooked = ended["plain"], ended["hooked"]
    assert started["hooked"].returncode == started["plain"].returncode
    assert hooked[0].replace(b"/hooked/", b"/plain/") == plain[0]
    assert hooked[1].replace(b"/hooked/", b"/plain/") == plain[1]
    assert left(homes["hooked"]) == left(homes["plain"])
    assert door.told, "the hooks told nothing: the snippet was not run with them"


def left(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes() if path.is_file() else b""
        for path in sorted(home.rglob("*"))
        if not path.is_symlink()
    }
