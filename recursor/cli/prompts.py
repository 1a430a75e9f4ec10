"""`recursor prompts`: the packs, what they make of a goal, and the goals that ship."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from recursor import prompts
from recursor.cli import completion, draw
from recursor.cli.options import Json, print_json
from recursor.errors import UsageError
from recursor.experiments import goals
from recursor.models.base import CHATML
from recursor.types import Language

app = typer.Typer(
    name="prompts",
    help="What the model is told.\n\nExample: `recursor prompts list`",
    no_args_is_help=True,
    add_completion=False,
)

Name = Annotated[
    str,
    typer.Argument(
        metavar="PACK", autocompletion=completion.packs, help="A pack's name, or a .toml file."
    ),
]


@app.command("list")
def list_(json_: Json = False) -> None:
    """List the packs that ship.

    Example: `recursor prompts list`
    """
    packs = [prompts.load(name) for name in prompts.names()]
    if json_:
        rows = [
            {"name": pack.name, "summary": pack.summary, "plants": pack.plants,
             "guest": "pack" if pack.frames_guest else "raw", "languages": list(pack.forms),
             "digest": pack.digest}
            for pack in packs
        ]  # fmt: skip
        print_json({"packs": rows})
        return
    columns = ("pack", "languages", "guest queries", "plants", "summary")
    table = [
        (pack.name, ", ".join(pack.forms), "framed" if pack.frames_guest else "raw",
         ", ".join(pack.plants), pack.summary)
        for pack in packs
    ]  # fmt: skip
    draw.console().print(draw.table(columns, table))


@app.command()
def show(name: Name) -> None:
    """Print a pack's file.

    Example: `recursor prompts show examples`
    """
    prompts.load(name)
    print(prompts.path_of(name).read_text(encoding="utf-8"), end="")


@app.command()
def render(
    name: Name,
    goal: Annotated[str, typer.Argument(help="The goal (with --guest: a guest's query).")],
    language: Annotated[Language, typer.Option(help="The language.")] = Language.BASH,
    guest: Annotated[bool, typer.Option("--guest", help="As a guest's query.")] = False,
    json_: Json = False,
) -> None:
    """Show what a pack makes of a goal; chat messages in the ChatML template.

    Example: `recursor prompts render examples "count to ten"`
    """
    pack = prompts.load(name)
    if guest:
        prompt, sampling = pack.guest(prompts.attribute(goal, ()), language)
    else:
        prompt, sampling = pack.root(goal, language)
    rendered = prompts.render(prompt, CHATML)
    if json_:
        spans = [{"start": s.start, "end": s.end, "source": s.source} for s in rendered.spans]
        out = {"text": rendered.text, "spans": spans, "stop": sampling.stop}
        print_json(out)
        return
    text = Text()
    for span in rendered.spans:
        style = "dim" if span.source == "host" else "bold green"
        text.append(rendered.text[span.start : span.end], style)
    draw.console().print(text, soft_wrap=True)


@app.command()
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PACK...",
            autocompletion=completion.packs,
            help="Packs, by name or .toml file; else all that ship.",
        ),
    ] = None,
) -> None:
    """Check packs (all that ship, if none is named): their keys and their {goal}.

    Example: `recursor prompts check`
    """
    for name in names or prompts.names():
        pack = prompts.load(name)
        print(f"{pack.name}: good ({', '.join(pack.forms)}; {pack.digest[:12]})")


@app.command("goals")
def list_goals(
    tag: Annotated[
        list[str] | None, typer.Option(help="Only those with this tag (repeatable: any of them).")
    ] = None,
    json_: Json = False,
) -> None:
    """List the goals that ship for experiments.

    Example: `recursor prompts goals --tag recursive`
    """
    try:
        found = goals.choose(goals.Chosen(tags=tag)) if tag else goals.load()
    except ValueError as error:
        raise UsageError(str(error)) from None
    if json_:
        out = {"goals": [asdict(goal) for goal in found]}
        print_json(out)
        return
    table = [(goal.name, ", ".join(goal.tags), goal.text) for goal in found]
    draw.console().print(draw.table(("goal", "tags", "text"), table))
