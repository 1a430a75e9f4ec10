"""The exception tree.

RecursorError            what a person sees as one line; `exit_code` is the command's
├── UsageError           the request itself makes no sense (an unknown pack, an empty goal)
├── ConfigError          a file that configures a run is wrong (pack, stub, settings)
├── SandboxError         no jail, or a jail that cannot prove its isolation: nothing runs
├── ModelError           a model cannot be loaded, or gave no answer
└── StoreError           the record cannot be read or written

A program that fails, times out or is denied is data (`types.Outcome`, `types.Denial`), never an
exception.
"""


class RecursorError(Exception):
    """Base of every error that a person can cause or mend; its text is one line."""

    exit_code = 1

    def __str__(self) -> str:
        return " ".join(super().__str__().split())


class UsageError(RecursorError):
    """The command line or the call asks for something that does not exist."""

    exit_code = 2


class ConfigError(RecursorError):
    """A configuration file (prompt pack, stub, settings) is not usable."""


class SandboxError(RecursorError):
    """Isolation is missing or not proven."""

    exit_code = 5


class ModelError(RecursorError):
    """A model could not be loaded or did not answer.

    `kind` is a short stable word for the record: `failed`, `context_overflow`, `no_rule`,
    `unknown_model`, `unrenderable`, `bad_grammar`, `gone`, `missing` (from a replay's record).
    """

    def __init__(self, message: str, kind: str = "failed") -> None:
        super().__init__(message)
        self.kind = kind


class StoreError(RecursorError):
    """The database cannot be opened, read or written."""
