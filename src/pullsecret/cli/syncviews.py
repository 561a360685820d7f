"""How a run over many namespaces is shown: while it goes on, and what came of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pullsecret.app.outcome import Action
from pullsecret.app.sync.report import SyncReport
from pullsecret.app.sync.settle import Settled
from pullsecret.cli.words import SYNC
from pullsecret.core.plan import CreateSecret, DeleteSecret, PatchAccount, PatchSecret, Step

if TYPE_CHECKING:
    from pullsecret.app.sync.run import Progress, SyncRequest
    from pullsecret.cli.session import Session

_COUNTED = ("created", "updated", "deleted", "attached", "detached")


@contextmanager
def progress_bar(session: "Session") -> "Iterator[Progress | None]":
    """Show how far it is, on standard error, where that is a terminal; then it is gone again."""
    if not session.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(file=session.stderr, no_color=session.options.no_color or None)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(SYNC["progress"], total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_sync(
    session: "Session", request: "SyncRequest", report: SyncReport, *, interrupted: bool = False
) -> int:
    """Print what was done, or would be; what failed comes last, on standard error. Gives the exit code."""
    out = session.out
    if out.form == "name":
        out.names(f"namespace/{name}" for name, steps in sorted(report.written.items()) if steps)
    elif not out.for_people:
        body = _body(request, report, interrupted=interrupted)
        if request.dry_run:
            out.report("SyncPlan", body)
        else:
            out.report("SyncReport", body)
    else:
        _show(session, request, report)
    for warning in report.warnings():
        session.warn(f"warning: {warning}")
    for failure in report.failures:
        hint = f"; {failure.hint}" if failure.hint else ""
        session.warn(f"error: namespace {failure.namespace}: {failure.reason}: {failure.message}{hint}")
    if interrupted:
        session.warn(SYNC["interrupted"].format(done=report.done, total=report.total))
    return report.exit_code


def _show(session: "Session", request: "SyncRequest", report: SyncReport) -> None:
    out = session.out
    if report.operated:
        key = request.policy.key
        out.line(SYNC["operated"].format(policy=f"{key.kind.lower()}/{key.name}"))
        return
    if not report.total:
        out.line(SYNC["none"])
        return
    if out.form == "wide":
        out.table(["NAMESPACE", "STATE", "CHANGES"], _rows(report))
        out.line()
    elif request.dry_run:
        for name, step in report.steps:
            out.line(f"{name}: {step}")
    for plan in report.skipped:
        out.line(f"{plan.namespace}: {plan.reason}", "dim")
    for change in report.pods:
        style = "warn" if change.action in (Action.FAILED, Action.STUCK) else ""
        out.line(f"{change.namespace}: {change.resource} {change.action.value}: {change.detail}", style)
    template = SYNC["plan" if request.dry_run else "sum"]
    out.line(
        template.format(
            secret=f"secret/{request.policy.secret_name}",
            synced=len(report.kept),
            total=report.total - len(report.removed),
            counts=_counts(report),
        ),
        "bad" if report.exit_code else "good",
    )


def _counts(report: SyncReport) -> str:
    found = Counter(_kind_of(step) for _, step in report.steps)
    numbers = [(word, found[word]) for word in _COUNTED]
    numbers += [("skipped", len(report.skipped)), ("failed", len(report.failures))]
    return ", ".join(SYNC[word].format(n=n) for word, n in numbers if n) or SYNC["nothing"]


def _kind_of(step: Step) -> str:
    match step:
        case CreateSecret():
            return "created"
        case PatchSecret():
            return "updated"
        case DeleteSecret():
            return "deleted"
        case PatchAccount():
            return "attached" if step.attached else "detached"


def _state(report: SyncReport, settled: Settled) -> str:
    return "Removed" if settled.plan.namespace in report.removed else settled.plan.verdict.value


def _rows(report: SyncReport) -> list[list[str]]:
    states = {settled.plan.namespace: _state(report, settled) for settled in report.settled}
    states |= {plan.namespace: plan.verdict.value for plan in report.skipped}
    states |= {failure.namespace: failure.reason for failure in report.failures}
    return [
        [name, state, ", ".join(map(str, report.written.get(name, ()))) or "-"]
        for name, state in sorted(states.items())
    ]


def _body(request: "SyncRequest", report: SyncReport, *, interrupted: bool) -> dict[str, Any]:
    """Give the stable report; it holds names and reasons, and nothing of what Secrets hold."""
    return {
        "policy": {"kind": request.policy.key.kind, "name": request.policy.key.name},
        "secret": request.policy.secret_name,
        "prune": request.prune,
        "interrupted": interrupted or None,
        "keptByOperator": report.operated or None,
        "namespaces": {
            "total": report.total,
            "synced": len(report.kept),
            "removed": len(report.removed),
            "skipped": len(report.skipped),
            "failed": len(report.failures),
        },
        "items": [
            {
                "namespace": settled.plan.namespace,
                "state": _state(report, settled),
                "adopted": settled.plan.adopted or None,
                "steps": [_step(step) for step in report.written.get(settled.plan.namespace, ())],
            }
            for settled in report.settled
        ],
        "skipped": [
            {"namespace": p.namespace, "state": p.verdict, "reason": p.reason} for p in report.skipped
        ],
        "failures": [
            {
                "namespace": failure.namespace,
                "reason": failure.reason,
                "message": failure.message,
                "hint": failure.hint or None,
                "steps": [_step(step) for step in report.written.get(failure.namespace, ())],
            }
            for failure in report.failures
        ],
        "pods": report.pods,
        "warnings": list(report.warnings()),
    }


def _step(step: Step) -> dict[str, str]:
    return {"action": _kind_of(step), "resource": f"{step.kind.singular}/{step.name}", "text": str(step)}
