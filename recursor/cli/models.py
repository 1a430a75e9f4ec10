"""`recursor models`: what can be asked, and how it behaves on this machine."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from recursor.cli import completion, draw
from recursor.cli.options import Json, print_json
from recursor.models import registry

LOSS = 0.05
"""A copy that finds the original's answers less likely than this, a token, is not much like it."""

app = typer.Typer(
    name="models",
    help="What can be asked.\n\nExample: `recursor models list`",
    no_args_is_help=True,
    add_completion=False,
)

Spec = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", autocompletion=completion.models, help="A model spec, as for `run -m`."
    ),
]


@app.command("list")
def list_(json_: Json = False) -> None:
    """List the models that are here, and the kinds of specs there are.

    Example: `recursor models list`
    """
    found = registry.available()
    if json_:
        print_json({"models": [vars(entry) for entry in found]})
        return
    rows = [(entry.spec, "yes" if entry.is_here else "no", entry.about) for entry in found]
    draw.console().print(draw.table(("model", "here", "what it is"), rows))


@app.command()
def show(spec: Spec, json_: Json = False) -> None:
    """Load a model and say what is known of it.

    Example: `recursor models show smollm2`
    """
    model = registry.load(spec)
    info = model.info
    model.close()
    if json_:
        print_json({"model": vars(info)})
        return
    rows = [(name, _text(value)) for name, value in vars(info).items() if value not in (None, {})]
    draw.console().print(draw.table(("", ""), rows))


@app.command()
def path(spec: Spec) -> None:
    """Print where a model's file lies; a model of the Hub is fetched.

    Example: `recursor models path smollm2`
    """
    print(registry.path_of(spec))


@app.command()
def check(
    spec: Spec,
    types: Annotated[
        str,
        typer.Option(metavar="TYPE,...", help="Compare with copies of other weight types."),
    ] = "",
    json_: Json = False,
) -> None:
    """Measure whether answers depend on what else is asked, and how fast they come (a minute).

    What is found is kept, and recorded with every run of this model on this machine.

    Example: `recursor models check smollm2 --types Q8_0,Q4_0`
    """
    file = registry.path_of(spec)
    from recursor.models.llama import check as measuring

    wanted = measuring.types_of(types)
    console = draw.progress()
    with console.status("measuring") as status:
        found = measuring.check(spec, file, status.update)
        copies = {}
        for type_ in wanted:
            status.update(f"a copy in {type_}")
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / "copy.gguf"
                measuring.convert(file, type_, copy)
                copies[type_] = measuring.compare(spec, file, copy)
    if json_:
        print_json({"check": found, "copies": copies})
        return
    _print_check(found)
    if copies:
        _print_copies(spec, copies, found)


@app.command()
def convert(
    spec: Spec,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Such as Q8_0, Q4_0 or F16.")],
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The copy.")],
) -> None:
    """Write a copy of a model with weights of another type: another model, with other answers.

    Example: `recursor models convert smollm2 Q4_0 smollm2-q4_0.gguf`
    """
    file = registry.path_of(spec)
    from recursor.models.llama import check as measuring

    measuring.convert(file, type_, target)
    print(target)


def _print_check(found: dict[str, Any]) -> None:
    modes = found["modes"]
    speeds = list(modes["exact"]["tokens_per_s"])
    columns = ("mode", "answers as if alone", *(f"tokens/s at {number}" for number in speeds))
    rows = [
        (name, f"{mode['same']} of {mode['of']}",
         *(f"{mode['tokens_per_s'][number]:.1f}" for number in speeds))
        for name, mode in modes.items()
    ]  # fmt: skip
    console = draw.console()
    console.print(draw.table(columns, rows))
    console.print(f"recommended: {found['recommended']}: {found['why']}", soft_wrap=True)


def _print_copies(spec: str, copies: dict[str, Any], found: dict[str, Any]) -> None:
    exact = found["modes"]["exact"]["tokens_per_s"]
    rows = []
    for type_, copy in copies.items():
        speeds = [
            f"{speed:.1f} ({speed / exact[number]:.2f}x)"
            for number, speed in copy["tokens_per_s"].items()
        ]
        rows.append(
            (type_, *speeds, f"{copy['same']} of {copy['of']}", f"{copy['logprob_change']:+.3f}")
        )
    columns = ("copy", "tokens/s at 1", "tokens/s at 8", "same answers", "log-likelihood a token")
    console = draw.console()
    console.print()
    console.print(draw.table(columns, rows))
    fast = {
        type_: copy["tokens_per_s"][8]
        for type_, copy in copies.items()
        if copy["tokens_per_s"][8] > exact[8] and copy["logprob_change"] > -LOSS
    }
    if fast:
        best = max(fast, key=lambda type_: fast[type_])
        console.print(
            f"faster, and much like the original: recursor models convert {spec} {best} FILE (it is"
            " another model, with other answers, and recorded as such)",
            soft_wrap=True,
        )


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict) else str(value)
