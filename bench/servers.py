"""What the engine is compared with: llama_cpp's own loop and server, and llama.cpp's llama-server.

All have the same file, a thread for each core, flash attention and batches of up to 512 tokens;
they get their prompts as text, and draw with the same parameters and seeds.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import platformdirs

from recursor.models.llama.check import convert
from recursor.models.llama.weights import llama  # sets OpenMP up for all arms, in servers too
from recursor.models.registry import smollm2_path
from recursor.types import Request

CORES = len(os.sched_getaffinity(0))
CACHE = platformdirs.user_cache_path("recursor") / f"llama-server-{llama.__version__}"
LLAMA_SERVER = CACHE / "llama-server"
SETTINGS: dict[str, list[str]] = {
    "llama-server": [],
    "llama-server --kv-unified": ["--kv-unified"],
    "llama-server --cache-reuse 256": ["--cache-reuse", "256"],
}
PYTHON_SERVER = ["fastapi", "uvicorn", "sse_starlette", "starlette_context", "pydantic_settings"]
_LLAMA_SERVER_BODY = {"ignore_eos": True, "samplers": ["top_k", "top_p", "min_p", "temperature"]}
"""Nothing but what the others do; llama_cpp.server knows neither."""
_BUILD = [
    "-DCMAKE_BUILD_TYPE=Release", "-DBUILD_SHARED_LIBS=OFF", "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF", "-DLLAMA_OPENSSL=OFF", "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",
]  # fmt: skip


class Serial:
    """`llama_cpp.Llama.create_completion`, one query after the other; it reuses its last prefix."""

    def __init__(self, path: Path, tokens: int) -> None:
        self._model = llama.Llama(
            str(path), n_ctx=tokens, n_batch=512, n_threads=CORES, n_threads_batch=CORES,
            flash_attn=True, verbose=False,
        )  # fmt: skip
        self.close = self._model.close

    def run(self, requests: Sequence[Request]) -> Counter[str]:
        return sum(
            (_counted(self._model.create_completion(**_body(r))) for r in requests), Counter()
        )


class Server:
    """A server in a process of its own, until `close`; `places` clients ask at a time."""

    def __init__(self, command: list[str], places: int) -> None:
        """Return when it answers; raise OSError if it ends before that."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._places = places
        self._url = f"http://127.0.0.1:{port}/v1/completions"
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def run(self, requests: Sequence[Request]) -> Counter[str]:
        def one(request: Request) -> Counter[str]:
            return _counted(self._post(_body(request) | _LLAMA_SERVER_BODY))

        with ThreadPoolExecutor(self._places) as clients:
            return sum(clients.map(one, requests), Counter())

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        kind = {"Content-Type": "application/json"}
        asked = urllib.request.Request(self._url, json.dumps(body).encode(), kind)
        with urllib.request.urlopen(asked, timeout=3600) as said:
            return dict(json.load(said))

    def _wait(self) -> None:
        while self._process.poll() is None:
            try:
                self._post({"prompt": "hello", "max_tokens": 1})
                return
            except OSError:
                time.sleep(0.1)
        self._log.seek(0)
        last = self._log.read().decode(errors="replace").strip().splitlines()[-1:]
        raise OSError(f"{self._process.args[0]} does not start: {''.join(last)}")


def llama_server(path: Path, setting: list[str], places: int, tokens: int) -> Server:
    """Start llama-server with room for `places` sequences of `tokens` tokens."""
    words = f"-np {places} -c {places * tokens} -t {CORES} -tb {CORES} -fa on -b 512 -ub 512"
    command = [str(LLAMA_SERVER), "-m", str(path), *words.split(), "--cache-ram", "0"]
    return Server([*command, *setting], places)


def python_server(path: Path, places: int, tokens: int) -> Server:
    """Start llama_cpp.server, which answers one query after the other."""
    words = f"--n_ctx {tokens} --n_threads {CORES} --n_threads_batch {CORES} --n_batch 512"
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(path), *words.split()]
    return Server([*command, "--flash_attn", "true", "--verbose", "false"], places)


def left_out(*, build: bool) -> dict[str, str]:
    """Return which servers cannot be had, and why; `build` llama-server if it was not yet."""
    why = {}
    if not all(map(importlib.util.find_spec, PYTHON_SERVER)):
        package = f"'llama-cpp-python[server]=={llama.__version__}'"
        why["llama_cpp.server"] = f"it needs: pip install {package}"
    if not LLAMA_SERVER.exists() and not build:
        why["llama-server"] = "it is not built yet; once without --quick builds it"
    elif not LLAMA_SERVER.exists():
        try:
            _build_llama_server()
        except OSError as error:
            why["llama-server"] = str(error)
    return why


def smollm2_f16() -> Path:
    """Return SmolLM2 in F16: the same weights at two bytes each, converted once."""
    kept = CACHE / "SmolLM2-135M-Instruct.F16.gguf"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / kept.name
            convert(smollm2_path(), "F16", made)
            _keep(made)
    return kept


def _body(request: Request) -> dict[str, Any]:
    """Return a query in the words that all peers share."""
    names = ("temperature", "top_k", "top_p", "min_p", "max_tokens")
    drawn = {name: getattr(request.sampling, name) for name in names}
    return {"prompt": request.rendered.text, "seed": request.seed, **drawn}


def _counted(said: dict[str, Any]) -> Counter[str]:
    counted = Counter(answer_tokens=said["usage"]["completion_tokens"])
    if "timings" in said:  # llama-server says what it reused
        counted["prompt_tokens"] = said["usage"]["prompt_tokens"]
        counted["cached_tokens"] = said["timings"]["cache_n"]
    return counted


def _build_llama_server() -> None:
    """Build it from the very sources that the installed llama_cpp was built from."""
    print(f"building llama-server into {CACHE}: once, for minutes", file=sys.stderr)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        package = f"llama-cpp-python=={llama.__version__}"
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary"]
        _call(*pip, "llama-cpp-python", package, "-d", name)
        shutil.unpack_archive(next(folder.glob("*.tar.gz")), folder)
        source, build = next(folder.glob("*/vendor/llama.cpp")), folder / "build"
        ninja = ["-G", "Ninja"] if shutil.which("ninja") else []
        _call("cmake", *ninja, "-S", str(source), "-B", str(build), *_BUILD)
        _call("cmake", "--build", str(build), "--target", "llama-server", "-j", str(CORES))
        _keep(build / "bin" / "llama-server")


def _call(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        last = "".join(done.stderr.strip().splitlines()[-1:])
        raise OSError(f"{' '.join(command[:4])} failed: {last}")


def _keep(made: Path) -> None:
    """Move a file to the cache, whole or not at all."""
    CACHE.mkdir(parents=True, exist_ok=True)
    shutil.move(made, CACHE / f"{made.name}.{os.getpid()}")
    (CACHE / f"{made.name}.{os.getpid()}").rename(CACHE / made.name)
