"""What argv becomes: the global options and one operation, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pullsecret.cli.words import SAY
from pullsecret.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Globals:
    """The options every command has."""

    namespace: str | None = None
    all_namespaces: bool = False
    context: str | None = None
    kubeconfig: str | None = None
    as_user: str | None = None
    as_groups: tuple[str, ...] = ()
    request_timeout: str | None = None
    output: str = "table"
    verbose: int = 0
    no_color: bool = False

    def over(self, under: Mapping[str, Any]) -> "Globals":
        """Join with the options given before the command's name: what stands nearer wins."""
        default = Globals()
        mine = {name: getattr(self, name) for name in Globals.__slots__}
        return Globals(**{n: v if v != getattr(default, n) else under.get(n, v) for n, v in mine.items()})

    def check(self, *, everywhere: bool) -> None:
        """Refuse what does not go together; `everywhere` says that the command knows all namespaces."""
        if self.all_namespaces and not everywhere:
            raise UsageError(SAY["not-everywhere"], hint="name it with --namespace")
        if self.namespace is not None and self.all_namespaces:
            raise UsageError(SAY["namespace-and-all"])


class Operation(Protocol):
    """One command with its options, ready to run."""

    def run(self, session: Any) -> int:
        """Do it, on the session's streams; give the exit code."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A parsed command line."""

    globals: Globals
    operation: Operation
