"""One run over all namespaces: what `pullsecret sync` does, and prints beforehand when it is asked to."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pullsecret.app.finding import LOOKS, PAUSE, find
from pullsecret.app.keepers import sources_read
from pullsecret.app.ports import Cluster, Sleep
from pullsecret.app.sync.gather import AT_ONCE, FATAL, gather
from pullsecret.app.sync.recover import recover
from pullsecret.app.sync.report import NamespaceFailure, SyncReport
from pullsecret.app.sync.settle import Settled, settle
from pullsecret.core.errors import ClusterUnreachable, PullSecretError, UsageError
from pullsecret.core.objects import NAMESPACE, SERVICE_ACCOUNT, labels_of, name_of
from pullsecret.core.plan import Claim, Intent, NamespaceView, Verdict, plan_namespace
from pullsecret.core.plan.copies import is_ours
from pullsecret.core.policy.model import AttachTo, Policy, SecretRef
from pullsecret.core.policy.names import LOCAL
from pullsecret.core.policy.selecting import Selector, is_glob
from pullsecret.core.policy.sources import Content

Progress = Callable[[int, int], None]
"""Told how many namespaces are done, of how many."""


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What to do.

    Attributes:
        policy: what is wanted; its `uid` marks the copies, its `recover_pods` has stuck Pods made again.
        content: what the copies hold.
        prune: also take away what an earlier run left in namespaces that are not meant any more.
        dry_run: only plan.
    """

    policy: Policy
    content: Content
    prune: bool = False
    dry_run: bool = False


async def sync(
    cluster: Cluster,
    request: SyncRequest,
    sleep: Sleep,
    *,
    report: SyncReport | None = None,
    progress: Progress | None = None,
) -> SyncReport:
    """Put all namespaces right that a policy means; one that fails does not stop the others.

    Args:
        cluster: where.
        request: what to do.
        sleep: waits some seconds.
        report: filled while the run goes on, and given back.
        progress: told before the first namespace and after each.

    Raises:
        ClusterError: the cluster could not be reached, or does not let us look; nothing was written.
        UsageError: nothing is meant any more, and pruning would take every copy away; or no namespace is as
            a person asked for.
    """
    report = SyncReport() if report is None else report
    seen = await gather(cluster, request.policy, everywhere=request.prune)
    work = list(_work(request, seen.views))
    _refuse_to_take_all_away(request, work)
    work = await _without_sources(cluster, request.policy, work)
    missing = [*seen.missing, *_unfit(request.policy, seen.views)]
    if not (work or seen.missing or seen.unread):
        _refuse_what_fits_nothing(request.policy, missing, seen.views)
    report.total = len(work) + len(missing) + len(seen.unread)
    for name in missing:
        report.failures.append(_not_there(name))
    for name, error in seen.unread:
        report.fail(name, error)
    run = _Run(cluster, request, sleep, report, progress)
    run.tell()
    try:
        async with asyncio.TaskGroup() as tasks:
            for claim, view in work:
                tasks.create_task(run.one(claim, view))
    finally:
        report.sort()
    if request.policy.recover_pods:
        await recover(
            cluster, request.policy, request.content, report.kept, report, sleep, dry_run=request.dry_run
        )
    return report


def _work(request: SyncRequest, views: Sequence[NamespaceView]) -> Iterator[tuple[Claim, NamespaceView]]:
    """Tell what a policy wants of each namespace; those that it has nothing to do with fall out."""
    policy, content = request.policy, request.content
    registries = frozenset(held.registry for held in content.credentials)
    keep, drop = Claim(policy, Intent.KEEP, content.data, registries), Claim(policy, Intent.DROP)
    for view in views:
        if policy.means(view.name, labels_of(view.namespace)):
            yield keep, view
        elif request.prune and _left_behind(drop, view):
            yield drop, view


async def _without_sources(
    cluster: Cluster, policy: Policy, work: Sequence[tuple[Claim, NamespaceView]]
) -> list[tuple[Claim, NamespaceView]]:
    """Leave copies that are some policy's source: they may hold the only credential that there is."""
    if not any(claim.intent is Intent.DROP and view.secret is not None for claim, view in work):
        return list(work)
    read = await sources_read(cluster) | {source.ref: "this policy" for source in policy.sources}
    used = ((claim, view, read.get(SecretRef(view.name, policy.secret_name), "")) for claim, view in work)
    return [
        (replace(claim, used_by=by) if claim.intent is Intent.DROP else claim, view)
        for claim, view, by in used
    ]


def _refuse_to_take_all_away(request: SyncRequest, work: Sequence[tuple[Claim, NamespaceView]]) -> None:
    """A misspelt pattern fits nothing, and every copy would go: that has to be said."""
    kept = any(claim.intent is Intent.KEEP for claim, _ in work)
    if work and not kept and "*" not in request.policy.namespaces.exclude:
        raise UsageError(
            f"no namespace is meant by this, and pruning would take all {len(work)} copies away",
            hint="exclude '*' if that is what is wanted",
        )


def _unfit(policy: Policy, views: Sequence[NamespaceView]) -> tuple[str, ...]:
    """Give the patterns that no namespace fits, where a person typed them; a policy's may wait for one."""
    if policy.key.kind != LOCAL:
        return ()
    return policy.namespaces.unfit([view.name for view in views])


def _refuse_what_fits_nothing(policy: Policy, unfit: Sequence[str], views: Sequence[NamespaceView]) -> None:
    """Tell a person that what he asked for is not there, rather than that nothing had to be done."""
    hint = "`kubectl get namespaces --show-labels` shows what there is"
    if unfit:
        raise UsageError(f"no namespace fits {', '.join(map(repr, unfit))}", hint=hint)
    by_name = replace(policy.namespaces, selector=Selector())
    if policy.key.kind == LOCAL and any(by_name.chooses(view.name, {}) for view in views):
        raise UsageError("no namespace matches the labels that were asked for", hint=hint)


def _left_behind(claim: Claim, view: NamespaceView) -> bool:
    """Whether there is something of ours: a copy, or its name in a list without one."""
    if view.secret is not None and is_ours(view.secret, claim.policy.uid):
        return True
    return bool(plan_namespace(claim, view).steps)


@dataclass(slots=True)
class _Run:
    """One run, while it goes on.

    Attributes:
        unreachable: how many namespaces in a row could not be worked on for want of a cluster.
    """

    cluster: Cluster
    request: SyncRequest
    sleep: Sleep
    report: SyncReport
    progress: Progress | None
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    unreachable: int = 0

    def tell(self) -> None:
        """Tell how far it is."""
        if self.progress:
            self.progress(self.report.done, self.report.total)

    async def one(self, claim: Claim, view: NamespaceView) -> None:
        """Put one namespace right, and put down what became of it."""
        async with self.slots:
            try:
                if self.unreachable >= AT_ONCE:  # each try takes its time, and there may be thousands
                    raise ClusterUnreachable("it was not tried: the cluster cannot be reached any more")
                settled = await self._settled(claim, view)
            except PullSecretError as error:
                self.unreachable = self.unreachable + 1 if isinstance(error, FATAL) else 0
                self.report.fail(view.name, error)
            else:
                self.unreachable = 0
                self.report.note(settled)
        self.tell()

    async def _settled(self, claim: Claim, view: NamespaceView) -> Settled:
        if self.request.dry_run:
            plan = plan_namespace(claim, view)
            settled = Settled(plan, plan.steps)
            self.report.written[view.name] = list(plan.steps)
        else:
            view = await self._with_default(claim, view)
            settled = await settle(
                self.cluster, claim, view, done=self.report.written.setdefault(view.name, [])
            )
        if claim.intent is Intent.DROP and settled.plan.verdict is not Verdict.IN_USE:
            self.report.removed.add(view.name)
        elif settled.plan.verdict is Verdict.SYNCED:
            self._note_absent(claim, view)
        return settled

    async def _with_default(self, claim: Claim, view: NamespaceView) -> NamespaceView:
        """Wait for the ServiceAccount `default`: it comes a moment after its namespace; scripts are fast."""
        if claim.intent is Intent.DROP or not claim.attach.wants("default") or _has(view, "default"):
            return view
        if plan_namespace(claim, view).verdict is not Verdict.SYNCED:
            return view
        for _ in range(LOOKS):
            found = await find(self.cluster, SERVICE_ACCOUNT, "default", view.name)
            if found is not None:
                return replace(view, accounts=[*view.accounts, found])
            if await find(self.cluster, NAMESPACE, view.name) is None:
                return view
            await self.sleep(PAUSE)
        return view

    def _note_absent(self, claim: Claim, view: NamespaceView) -> None:
        if claim.attach.to is AttachTo.NAMED:
            for account in claim.attach.accounts:
                if not _has(view, account):
                    self.report.absent.setdefault(account, []).append(view.name)


def _has(view: NamespaceView, account: str) -> bool:
    return any(name_of(obj) == account for obj in view.accounts)


def _not_there(name: str) -> NamespaceFailure:
    if is_glob(name):
        return NamespaceFailure(name, "NotFound", "no namespace fits this pattern")
    return NamespaceFailure(
        name, "NotFound", "there is no such namespace", f"kubectl create namespace {name}"
    )
