"""Printing what a command changed, as kubectl words it."""

from typing import TYPE_CHECKING

from pullsecret.app.outcome import Action, Change, Outcome
from pullsecret.cli.words import SAY

if TYPE_CHECKING:
    from pullsecret.cli.session import Session

STYLES = {Action.STUCK: "warn", Action.UNCHANGED: "dim"}


def show_outcome(session: "Session", outcome: Outcome, *, dry_run: str = "") -> int:
    """Print the changes; warnings and what failed go to standard error. Gives the exit code.

    Raises:
        PullSecretError: what ended it halfway, once all that was done is told.
    """
    for warning in outcome.warnings:
        session.warn(f"warning: {warning}")
    several = len({change.namespace for change in outcome.changes if change.namespace}) > 1
    done = [change for change in outcome.changes if change.action is not Action.FAILED]
    if session.out.form == "name":
        session.out.names(change.resource for change in done)
    elif session.out.for_people:
        for change in done:
            session.out.line(sentence(change, dry_run, several=several), STYLES.get(change.action, ""))
    elif dry_run and outcome.made is not None:  # what kubectl prints there: the object
        session.out.document(outcome.made)
    else:
        content = {"dryRun": dry_run or None, "changes": outcome.changes, "warnings": outcome.warnings}
        session.out.report("ChangeReport", content)
    for change in outcome.changes:
        if change.action is Action.FAILED:
            where = f" in {change.namespace}" if several and change.namespace else ""
            session.warn(f"error: {change.resource}{where}: {change.detail}")
    if outcome.stopped:
        raise outcome.stopped
    return outcome.exit_code


def sentence(change: Change, dry_run: str, *, several: bool) -> str:
    """Word one change: ``secret/harbor created``, with the namespace where several are concerned."""
    text = f"{change.resource} {change.action.value}"
    if several and change.namespace:
        text += f" in {change.namespace}"
    if change.detail:
        text += f": {change.detail}"
    return text + (SAY["dry-run"].format(mode=dry_run) if dry_run else "")
