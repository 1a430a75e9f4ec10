"""A process that grows one run of an experiment after the other, for the one that started it.

Its wire is all it has: orders come in, results go out, and models are asked through it. When the
wire is closed, however that came about, the run that it grows ends as interrupted.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys

from recursor.errors import RecursorError
from recursor.experiments import trial
from recursor.experiments.trial import Order
from recursor.models import registry
from recursor.models.base import Model
from recursor.models.shared import Gone, Shared, Wire
from recursor.runs.grow import Growth
from recursor.types import RunEnd


def main(descriptor: int) -> None:
    # The terminal's Ctrl-C is for the process that started this one, and closes the wire.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as end, contextlib.suppress(Gone):
        wire = Wire(end)
        while True:
            wire.send("result", _result(wire, wire.order()))


def _result(wire: Wire, order: Order) -> trial.Result | RecursorError:
    def load(spec: str, read: registry.Read | None) -> Model:
        return Shared(wire, spec) if registry.has_weights(spec) else registry.load(spec, read)

    def watch(growth: Growth) -> None:
        wire.listen(lambda: growth.stop(RunEnd.INTERRUPTED))

    try:
        return trial.grow(order, order.url, watch, load)
    except RecursorError as error:
        return error


if __name__ == "__main__":
    main(int(sys.argv[1]))
