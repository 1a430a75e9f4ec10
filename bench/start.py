"""What it costs to start: the import, the help, and a command that reads, beside a bare Python.

    python bench/start.py [--rounds N]

Whole processes, interleaved: read the ratios. Goals: 0.3 s for the import, 0.5 s for the help.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

RECORDING = str(Path(__file__).parents[1] / "runs" / "gallery" / "paperclips.recursor")
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import sqlalchemy'": ["-c", "import sqlalchemy"],
    "python -c 'import recursor'": ["-c", "import recursor"],
    "recursor --help": ["-m", "recursor", "--help"],
    "recursor run --help": ["-m", "recursor", "run", "--help"],
    "recursor tree RECORDING": ["-m", "recursor", "tree", RECORDING],
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, arguments in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - began)
    bare = statistics.median(seconds["python -c pass"])
    print("| | s | to a bare Python |\n|---|---|---|")
    for name, took in seconds.items():
        median = statistics.median(took)
        print(f"| `{name}` | {median:.3f} | {median / bare:.1f} |")


if __name__ == "__main__":
    main()
