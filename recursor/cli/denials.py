"""`recursor denials`: what programs do when they are denied something."""

from __future__ import annotations

from recursor.cli import draw
from recursor.cli.options import LAST, Db, Json, Mixed, RunRefs, print_json, read_frames


def denials(
    runs: RunRefs = LAST,
    mixed: Mixed = False,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Tell what programs did next when they were denied something, by what was denied and why.

    Responses: retry, workaround, asks budget, stops, crashes, goes on, unknown. `written` says
    whether that code was there before the denial, or was written by the model after it had read the
    denial's text. Without chance (--deny-random beside --fail-random) a response cannot be told
    from what a program would have done anyway.

    Example: `recursor denials last`
    """
    frames = read_frames(runs, db, mixed=mixed)
    from recursor.analysis import denials as measure
    from recursor.analysis.record import plain

    found = measure.responses(frames)
    table = measure.table(found)
    if json_:
        print_json({**draw.about(frames), "table": plain(table), "responses": plain(found)})
        return
    console = draw.console()
    console.print(draw.head(frames), soft_wrap=True)
    if not len(found):
        console.print("no program was denied anything")
        return
    console.print(draw.frame(table))
    around = found[found["response"] == "workaround"]
    if len(around):
        console.print(draw.heading("workarounds"))
        columns = ["node", "what", "cause", "channel", "is_effective", "written"]
        console.print(draw.frame(around[columns].assign(node=around["node"].str[-6:])))
