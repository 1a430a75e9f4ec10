"""firejail is missing, not setuid, too old, or fails: nothing runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursor.errors import SandboxError
from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


OLD = "#!/bin/sh\necho 'Error: line 7 in profile is invalid' >&2\nexit 1\n"
INSIDE = """#!/bin/sh
while [ "$1" != -- ]; do
    case $1 in --private=*) cd "${1#*=}" || exit ;; esac
    shift
done
shift
echo 'Warning: an existing sandbox was detected' >&2
exec sh -c 'eval "$@"' sh "$@"
"""


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        (None, 0, "not installed"),
        (OLD, 0o755, "not setuid"),
        (OLD, 0o4755, "line 7 in profile"),
        (INSIDE, 0o4755, "did not"),
    ],
)
@pytest.mark.root
def test_it_is_held(
    grow: Grow,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    text: str | None,
    mode: int,
    message: str,
) -> None:
    if text is not None:
        tmp_path.chmod(0o755)
        for folder in tmp_path.parents:
            if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
                folder.chmod(0o755)
        (tmp_path / "firejail").write_text(text)
        (tmp_path / "firejail").chmod(mode)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin" if text else str(tmp_path))
    with pytest.raises(SandboxError, match=message):
        grow(root_rule("echo ran"))
