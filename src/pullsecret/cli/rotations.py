"""How a rotation is shown: what was written, and how far the copies of policies are."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pullsecret.app.outcome import Action
from pullsecret.app.rotate import Rotation
from pullsecret.app.rotatewait import FanOut
from pullsecret.cli.changes import STYLES, sentence
from pullsecret.cli.words import ROTATE
from pullsecret.core.errors import ClusterError
from pullsecret.core.rotation import Mode

if TYPE_CHECKING:
    from pullsecret.cli.session import Session

SHOWN = 10
"""Namespaces that a message names."""

PAUSE = 10.0
"""Seconds between lines that say what is waited for."""


@dataclass(slots=True)
class Told:
    """All that there is to tell of a rotation.

    Attributes:
        dry_run: ``none``, ``client`` or ``server``.
        verified: how the login was proved: ``login``, ``pull``, or empty where it was not.
    """

    registry: str
    username: str
    mode: Mode
    dry_run: str
    rotation: Rotation
    verified: str = ""
    fan_outs: list[FanOut] = field(default_factory=list)


def show(session: "Session", told: Told, *, interrupted: bool = False) -> int:
    """Print it; give the exit code.

    Raises:
        ClusterError: copies still lack the login, once all else is told.
    """
    outcome, out = told.rotation.outcome, session.out
    for warning in outcome.warnings:
        session.warn(f"warning: {warning}")
    done = [change for change in outcome.changes if change.action is not Action.FAILED]
    if out.form == "name":
        out.names(change.resource for change in done)
    elif out.for_people:
        several = len({change.namespace for change in outcome.changes}) > 1
        for change in done:
            mode = "" if told.dry_run == "none" else told.dry_run
            out.line(sentence(change, mode, several=several), STYLES.get(change.action, ""))
        for fan_out in told.fan_outs:
            out.line(_fan_out_line(fan_out), "warn" if fan_out.missing else "")
    else:
        out.report("RotateReport", _body(told))
    for change in outcome.changes:
        if change.action is Action.FAILED:
            session.warn(f"error: {change.resource} in {change.namespace}: {change.detail}")
    if not interrupted:
        _refuse_unfinished(told.fan_outs)
    return outcome.exit_code


def _fan_out_line(fan_out: FanOut) -> str:
    key = fan_out.policy.key
    where = {"policy": f"{key.kind.lower()}/{key.name}", "updated": fan_out.updated, "copies": fan_out.copies}
    return ROTATE["copies" if fan_out.copies else "no-copies"].format(**where)


def _body(told: Told) -> dict[str, Any]:
    return {
        "dryRun": None if told.dry_run == "none" else told.dry_run,
        "registry": told.registry,
        "username": told.username,
        "mode": told.mode,
        "verified": told.verified or None,
        "changes": told.rotation.outcome.changes,
        "policies": [
            {
                "kind": fan_out.policy.key.kind,
                "namespace": fan_out.policy.key.namespace or None,
                "name": fan_out.policy.key.name,
                "secretName": fan_out.policy.secret_name,
                "copies": fan_out.copies,
                "updated": fan_out.updated,
                "missing": fan_out.missing,
            }
            for fan_out in told.fan_outs
        ],
        "warnings": told.rotation.outcome.warnings,
    }


def _refuse_unfinished(fan_outs: list[FanOut]) -> None:
    late = [fan_out for fan_out in fan_outs if fan_out.missing]
    if not late:
        return
    named = _named([namespace for fan_out in late for namespace in fan_out.missing])
    trouble = "; ".join(fan_out.trouble for fan_out in late if fan_out.trouble)
    raise ClusterError(
        ROTATE["late"].format(missing=named) + (f" ({trouble})" if trouble else ""), hint=ROTATE["late-hint"]
    )


def _named(missing: Sequence[str]) -> str:
    return ", ".join(missing[:SHOWN]) + (f" +{len(missing) - SHOWN}" if len(missing) > SHOWN else "")


@asynccontextmanager
async def progress(session: "Session", fan_outs: list[FanOut]) -> AsyncIterator[Callable[[int, int], None]]:
    """Show on standard error how many copies there are and hold the login: a bar on a terminal, else lines.

    Args:
        session: whose standard error.
        fan_outs: what is known of each policy's copies, as it is filled.
    """
    if session.stderr.isatty():
        with _bar(session) as tell:
            yield tell
        return
    lines = _Lines(session, fan_outs)
    beat = asyncio.create_task(lines.repeat())
    try:
        yield lines.begin
    finally:
        beat.cancel()


@contextmanager
def _bar(session: "Session") -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(ROTATE["waiting"]), BarColumn(), MofNCompleteColumn())
    console = Console(file=session.stderr, no_color=session.options.no_color)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda updated, copies: bar.update(task, completed=updated, total=copies)


@dataclass(slots=True)
class _Lines:
    """What a log is told: at the beginning, and every few seconds until nothing is waited for."""

    session: "Session"
    fan_outs: list[FanOut]
    begun: bool = False

    def begin(self, _updated: int, _copies: int) -> None:
        if not self.begun:
            self.begun = True
            self._tell()

    async def repeat(self) -> None:
        while True:
            await self.session.sleep(PAUSE)
            self._tell()

    def _tell(self) -> None:
        for fan_out in self.fan_outs:
            if fan_out.missing:
                missing = _named(fan_out.missing)
                self.session.warn(ROTATE["wait"].format(copies=_fan_out_line(fan_out), missing=missing))
