"""What a shell can complete: runs, experiments, plans, models, packs; nothing where none is read.

Everything is imported when it is asked for: every command line pays for this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress

import typer

from recursor.errors import RecursorError

Found = list[tuple[str, str]]
"""Words, and what is said of each."""
LATEST = 50
"""Of the recorded runs so many are offered, by name or id."""
_PLAIN = re.compile(r"[\w./~:@%+=,][\w./~:@%+=,-]*")
"""A word that no shell takes for anything else: shells evaluate what they insert, and more."""
_SAID = re.compile(r"[^\w .,:/?@%+=-]")
"""What is left out of what is said of a word: zsh evaluates that, and typer reads markup in it."""


def runs(ctx: typer.Context, incomplete: str) -> Found:
    """Offer recorded runs by `last`, their names and ids."""
    from recursor.cli.options import reading
    from recursor.programs import first_line

    def recorded() -> Found:
        with reading(ctx.params.get("db")) as store:
            latest = store.runs()[: -LATEST - 1 : -1]
        said = [(run, first_line(run.goal)) for run in latest]
        named = [(run.name, goal) for run, goal in said if run.name]
        return [*(("last", goal) for _, goal in said[:1]), *named,
                *((run.id, goal) for run, goal in said)]  # fmt: skip

    return _beginning(incomplete, recorded)


def experiments(ctx: typer.Context, incomplete: str) -> Found:
    """Offer the experiments of the record."""
    from recursor.cli.options import reading

    def recorded() -> Found:
        with reading(ctx.params.get("db")) as store:
            return [(each.name, "recorded") for each in store.experiments()]

    return _beginning(incomplete, recorded)


def plans(incomplete: str) -> Found:
    """Offer the plans that ship."""
    from recursor.experiments import expand

    return _beginning(incomplete, lambda: expand.questions().items())


def models(incomplete: str) -> Found:
    """Offer the models that have names and are here."""
    from recursor.models import registry

    return _beginning(
        incomplete,
        lambda: (
            (entry.spec, entry.about)
            for entry in registry.available()
            if entry.is_here and not any(letter.isupper() for letter in entry.spec)
        ),
    )


def packs(incomplete: str) -> Found:
    """Offer the packs that ship."""
    from recursor import prompts

    return _beginning(incomplete, lambda: ((name, "") for name in prompts.names()))


def scenarios(incomplete: str) -> Found:
    """Offer the scenarios of the gallery."""
    from recursor.runs import scenarios as gallery

    return _beginning(incomplete, lambda: ((n, gallery.load(n).shows) for n in gallery.names()))


def _beginning(incomplete: str, find: Callable[[], Iterable[tuple[str, str]]]) -> Found:
    with suppress(RecursorError, OSError):
        return [
            (word, _SAID.sub("·", about))
            for word, about in find()
            if word.startswith(incomplete) and _PLAIN.fullmatch(word)
        ]
    return []
