"""`recursor report` and `recursor view`: the page, as a file or live."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from recursor import analysis, api, config
from recursor.cli import completion, draw
from recursor.cli.options import LAST, Db, reading_run
from recursor.errors import UsageError
from recursor.export import recording
from recursor.models.registry import is_installed
from recursor.programs import safe
from recursor.records import RunRecord
from recursor.resources import installing
from recursor.store import Store


def report(
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="The file; it must not exist."),
    ],
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN...",
            autocompletion=completion.runs,
            help="Runs: ids, unique prefixes, names or `last`; or recordings' files.",
            show_default="last",
        ),
    ] = None,
    experiment: Annotated[
        str | None,
        typer.Option(
            metavar="EXPERIMENT",
            autocompletion=completion.experiments,
            help="Its page too, and where no run is named all runs it measured.",
        ),
    ] = None,
    db: Db = None,
) -> None:
    """Write runs as one page to look at: it needs nothing but a browser, and no network.

    Of up to four runs each two can be compared; of more, each with the run that it comes from.

    Examples: `recursor report last -o otter.html`,
    `recursor report --experiment pack-ladder -o ladder.html`
    """
    analysis.check_installed()
    experiments = [api.recorded_experiment(experiment, db=db)] if experiment else []
    measured = [run for each in experiments for run in each.runs()]
    if experiment and not measured and not runs:
        raise UsageError(f"no run of the experiment {experiment} was measured")
    with ExitStack() as opened, draw.progress().status("") as status:
        found = [opened.enter_context(reading_run(run, db)) for run in runs or measured or LAST]
        # It takes a second to import: first it is known that there is something to write.
        from recursor.viewer import report as writing

        chosen: dict[str, tuple[Store, RunRecord]] = {run.id: (store, run) for store, run in found}
        reported = writing.Chosen(list(chosen.values()), experiments)
        writing.write(reported, output, lambda said: status.update(safe(said)))
    size = output.stat().st_size
    print(f"{output}: {len(chosen)} {'run' if len(chosen) == 1 else 'runs'}, {size} bytes")


def view(
    db: Annotated[
        str | None,
        typer.Argument(
            metavar="DB",
            envvar="RECURSOR_DB",
            help="The database: a path or SQLAlchemy URL; or a recording's file.",
            show_default="the one of `recursor db`",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 is any that is free.")
    ] = 0,
) -> None:
    """Show the record in a browser on this machine; a growing run is seen growing.

    Only programs on this machine that know the printed address can read it; nothing can be changed
    there. Ctrl-C ends it.

    Example: `recursor view`
    """
    analysis.check_installed()
    for package in ("starlette", "uvicorn"):
        if not is_installed(package):
            raise UsageError(f"{package} is not installed; run: {installing('web')}")
    from recursor.viewer import server

    with ExitStack() as opened:
        if db and db.endswith(recording.SUFFIX):
            store = opened.enter_context(recording.opened(Path(db)))
        else:
            store = opened.enter_context(Store(config.database_url(db)))
        listener = opened.enter_context(server.listen(port))
        token = server.token()
        print(f"http://{server.HOST}:{listener.getsockname()[1]}/{token}/", flush=True)
        print("recursor: open this address in a browser; Ctrl-C ends it", file=sys.stderr)
        server.serve(store, partial(api.recorded_experiment, db=store.url), listener, token)
