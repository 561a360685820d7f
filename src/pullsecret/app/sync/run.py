"""One run over all namespaces: what `pullsecret sync` does, and prints beforehand when it is asked to."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pullsecret.app.ports import Cluster
from pullsecret.app.sync.gather import views_of
from pullsecret.app.sync.settle import Settled, settle
from pullsecret.core.errors import ApiError, PullSecretError
from pullsecret.core.objects import labels_of
from pullsecret.core.plan import Claim, Intent, NamespacePlan, NamespaceView, Step, Verdict, plan_namespace
from pullsecret.core.plan.copies import is_ours
from pullsecret.core.policy.model import Policy
from pullsecret.core.policy.sources import Content

AT_ONCE = 32
"""Namespaces that are worked on at the same time."""

Progress = Callable[[int, int], None]
"""Told how many namespaces are done, of how many."""


@dataclass(frozen=True, slots=True)
class NamespaceFailure:
    """A namespace that could not be put right; `reason` is a CamelCase word for machines."""

    namespace: str
    reason: str
    message: str
    hint: str = ""
    exit_code: int = 1


@dataclass(slots=True)
class SyncReport:
    """What a run did, or with a dry run would do.

    Attributes:
        settled: namespaces that are as the policy says, by name, with what was written in each.
        skipped: namespaces where somebody opted out, or which are being deleted.
    """

    settled: list[Settled] = field(default_factory=list)
    skipped: list[NamespacePlan] = field(default_factory=list)
    failures: list[NamespaceFailure] = field(default_factory=list)

    @property
    def steps(self) -> list[tuple[str, Step]]:
        """Everything that was written, with its namespace."""
        return [(settled.plan.namespace, step) for settled in self.settled for step in settled.done]

    def sorted(self) -> "SyncReport":
        """Give the same by namespace: what runs at once ends in any order."""
        return SyncReport(
            sorted(self.settled, key=lambda settled: settled.plan.namespace),
            sorted(self.skipped, key=lambda plan: plan.namespace),
            sorted(self.failures, key=lambda failure: failure.namespace),
        )


async def sync(
    cluster: Cluster,
    policy: Policy,
    content: Content,
    *,
    prune: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> SyncReport:
    """Put all namespaces right that a policy means; one that fails does not stop the others.

    Args:
        cluster: where.
        policy: what is wanted; its `uid` marks the copies.
        content: what the copies hold.
        prune: also take away what an earlier run left in namespaces that are not meant any more.
        dry_run: only plan.
        progress: told after each namespace.
    """
    views, missing = await views_of(cluster, policy)
    work = [(claim, view) for view in views if (claim := claim_of(policy, content, view, prune=prune))]
    report = SyncReport(failures=[_not_there(name) for name in missing])
    slots, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(claim: Claim, view: NamespaceView) -> None:
        nonlocal done
        async with slots:
            await _note(report, view.name, _planned(claim, view) if dry_run else settle(cluster, claim, view))
        done += 1
        if progress:
            progress(done, len(work))

    await asyncio.gather(*(one(claim, view) for claim, view in work))
    return report.sorted()


def claim_of(policy: Policy, content: Content, view: NamespaceView, *, prune: bool) -> Claim | None:
    """Tell what a policy wants of a namespace; None when it has nothing to do with it."""
    if policy.namespaces.chooses(view.name, labels_of(view.namespace)):
        registries = frozenset(held.registry for held in content.credentials)
        return Claim(policy, Intent.KEEP, content.data, registries)
    if prune and view.secret is not None and is_ours(view.secret, policy.uid):
        return Claim(policy, Intent.DROP)
    return None


async def _planned(claim: Claim, view: NamespaceView) -> Settled:
    plan = plan_namespace(claim, view)
    return Settled(plan, plan.steps)


async def _note(report: SyncReport, namespace: str, work: Awaitable[Settled]) -> None:
    try:
        settled = await work
    except PullSecretError as error:
        reason = error.reason if isinstance(error, ApiError) else type(error).__name__
        failure = NamespaceFailure(
            namespace, reason or type(error).__name__, error.message, error.hint, error.exit_code
        )
        report.failures.append(failure)
        return
    plan = settled.plan
    if plan.verdict in (Verdict.CONFLICT, Verdict.IMMUTABLE):
        report.failures.append(NamespaceFailure(namespace, plan.verdict.value, plan.reason))
    elif plan.verdict is Verdict.SYNCED:
        report.settled.append(settled)
    else:
        report.skipped.append(plan)


def _not_there(name: str) -> NamespaceFailure:
    return NamespaceFailure(
        name, "NotFound", "there is no such namespace", f"kubectl create namespace {name}"
    )
