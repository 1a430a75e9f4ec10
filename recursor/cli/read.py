"""`recursor tree` and `show`: look at the record. No model, no firejail needed."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.text import Text

from recursor.analysis.summary import summary
from recursor.cli import completion, draw
from recursor.cli.options import Db, Json, print_json, reading_run
from recursor.errors import UsageError
from recursor.export.document import (
    document,
    event_object,
    facts_of,
    node_object,
    query_object,
    run_object,
)
from recursor.export.recording import SUFFIX
from recursor.programs import safe
from recursor.records import FileRecord, NodeRecord, QueryRecord, RunRecord
from recursor.store import Store

RunOrNode = Annotated[
    str,
    typer.Argument(
        metavar="RUN[/NODE]",
        autocompletion=completion.runs,
        help="A run (or a recording's file), or one of its nodes: its id, the end of it, or its"
        " place (1.3 is the third child of the first program).",
    ),
]
_COLOURS = {"host": "dim", "guest": "green", "answer": "magenta"}


def tree(reference: RunOrNode = "last", json_: Json = False, db: Db = None) -> None:
    """Draw the tree of a run, or a node and what is below it: programs, exits, queries, denials.

    A drawing shows at most 1000 nodes, those nearest to its top; --json has them all.

    Example: `recursor tree last`
    """
    run, part = parts(reference)
    with reading_run(run, db) as (store, record):
        node = store.node(record.id, part).id if part else None
        if not json_:
            draw.console().print(draw.tree(store, record, node))
            return
        below = store.below(record.id, node, content=False).nodes
    nodes = [
        {"id": node.id, "parent": node.parent, "depth": node.depth, "index": node.index,
         "language": node.language, "end_cause": node.end_cause, "exit_code": node.exit_code}
        for node in below
    ]  # fmt: skip
    print_json({"run": run_object(record), "nodes": nodes})


def show(
    reference: RunOrNode = "last",
    prompt: Annotated[
        bool, typer.Option("--prompt", help="Show rendered prompts, coloured by provenance.")
    ] = False,
    file: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Print a file that the node left behind, as it is."),
    ] = None,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Show a run, or one node of it: program, queries, output, what it left behind.

    Example: `recursor show last --json`
    """
    run, node = parts(reference)
    with reading_run(run, db) as (store, record):
        if node:
            found = store.node(record.id, node)
            if file is not None:
                _print_file(store.files(record.id, nodes=[found.id]), file)
            else:
                _show_node(store, record, found, json_=json_, prompt=prompt)
        elif file is not None:
            raise UsageError("whose file? say `recursor show RUN/NODE --file PATH`")
        elif json_:
            print(json.dumps(_whole(store, record), indent=2))
        else:
            _show_run(store, record, prompt=prompt)


def parts(reference: str) -> tuple[str, str]:
    """Split RUN[/NODE]; a recording's path may have slashes of its own."""
    folder, mark, rest = reference.rpartition(f"{SUFFIX}/")
    if mark:
        return folder + SUFFIX, rest
    if reference.endswith(SUFFIX):
        return reference, ""
    run, _, node = reference.partition("/")
    return run, node


def _whole(store: Store, run: RunRecord) -> dict[str, Any]:
    files = store.files(run.id, content=False)
    rows = store.nodes(run.id), store.queries(run.id), store.events(run.id)
    return document(run, *rows, files)


def _show_run(store: Store, run: RunRecord, *, prompt: bool) -> None:
    console = draw.console()
    console.print(draw.tree(store, run))
    console.print(draw.totals(run, summary(store, run)))
    facts = run_object(run)
    left_out = {"goal", "profile", "pack_content", "rendering", "terms"}
    hidden = {*left_out, "budget", "sampling", "isolation", "host"}
    rows = _known(facts, hidden)
    rows += [(name, _pairs(facts[name])) for name in sorted(hidden - left_out)]
    console.print(draw.table(("", ""), rows))
    _show_queries(store.queries(run.id, nodes=[None]), prompt=prompt)


def _print_file(files: list[FileRecord], path: str) -> None:
    found = [file for file in files if file.path == path]
    if not found:
        raise UsageError(f"the node left no file {path!r}; `recursor show RUN/NODE` lists them")
    content = found[0].content
    assert isinstance(content, bytes)
    sys.stdout.buffer.write(content)


def _show_node(
    store: Store, run: RunRecord, node: NodeRecord, *, json_: bool, prompt: bool
) -> None:
    asked = store.queries(node.run, nodes=[node.id])
    events = store.events(node.run, nodes=[node.id])
    left = store.files(node.run, nodes=[node.id], content=False)
    shown = node_object(node, left)
    if json_:
        asked_objects = [query_object(query) for query in asked]
        seen = [event_object(event) for event in events]
        facts = {"node": shown, "queries": asked_objects, "events": seen}
        print_json({**facts_of(run), **facts})
        return
    console = draw.console()
    console.print(draw.run_line(run))
    hidden = {"program", "stdout", "stderr", "isolation", "files", "files_left_out"}
    rows = _known(shown, hidden)
    rows += [(name, _pairs(shown[name] or {})) for name in ("isolation", "files_left_out")]
    console.print(draw.table(("", ""), rows))
    if left:
        console.print(draw.heading("files left behind"))
        console.print(draw.table(("path", "bytes"), [(safe(f.path), f.size) for f in left]))
    console.print(draw.heading("program"))
    console.print(draw.highlighted(node.program, node.language))
    for name in ("stdout", "stderr"):
        if shown[name] and shown[name]["text"]:
            cut = " (head and tail)" if shown[name]["truncated"] else ""
            console.print(draw.heading(f"{name}: {shown[name]['bytes_total']} bytes{cut}"))
            console.print(_plain(shown[name]["text"]))
    _show_queries(asked, prompt=prompt)
    for event in events:
        console.print(draw.heading(f"{event.kind}, seen by the {event.observer}"))
        if event.detail:
            console.print(_plain(_pairs(event.detail)))
        if event.content:
            console.print(_plain(event.content))


def _known(facts: dict[str, Any], hidden: set[str]) -> list[tuple[str, Any]]:
    """Return the facts that are not shown elsewhere, of those that there is something to say of."""
    nothing: tuple[Any, ...] = (None, [], {})
    return [(k, v) for k, v in facts.items() if k not in hidden and v not in nothing]


def _show_queries(queries: list[QueryRecord], *, prompt: bool) -> None:
    console = draw.console()
    for query in queries:
        console.print(draw.heading(f"query {query.id}: {query.decision}"))
        console.print(_rendered(query) if prompt else _plain(query.prompt))
        if query.denial:
            console.print(Text(safe(f"denied: {_pairs(query.denial)}"), "red"))
        if query.error:
            console.print(Text(safe(query.error), "red"))
        if query.answer is not None:
            size = f"{query.answer_tokens} tokens, {query.finish_reason}"
            console.print(draw.heading(f"answer: {size}"))
            console.print(_plain(query.answer))


def _rendered(query: QueryRecord) -> Text:
    text = Text()
    for span in query.spans:
        style = _COLOURS.get(span["source"].partition(":")[0], "")
        text.append(safe(query.rendered[span["start"] : span["end"]]), style)
    return text


def _plain(text: str) -> Text:
    return Text(safe(text))


def _pairs(values: Any) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
