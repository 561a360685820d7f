"""One replica of the operator: sees everything, and does the work while it leads."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from pullsecret.app.ports import Cluster, Watcher
from pullsecret.core.errors import ClusterError, Forbidden
from pullsecret.core.policy.model import PolicyKey
from pullsecret.operator.bounds import Bounds
from pullsecret.operator.election import Leadership
from pullsecret.operator.feeds import Feeds
from pullsecret.operator.guard import GuardedCluster, NotLeading
from pullsecret.operator.metrics import Metrics
from pullsecret.operator.namespaces import NamespaceKey, NamespaceWorker, Result, asked_to_wait
from pullsecret.operator.policies import PolicyWorker
from pullsecret.operator.reactions import Reactions
from pullsecret.operator.recovery import RecoveryWorker
from pullsecret.operator.scope import Scope
from pullsecret.operator.states import PolicyState
from pullsecret.operator.statuses import StatusWorker
from pullsecret.operator.telling import Telling
from pullsecret.operator.verifying import Open
from pullsecret.operator.work import Work
from pullsecret.operator.world import World

_LOG = logging.getLogger(__name__)

STALE = 300.0
"""Seconds without a sign of life after which a watch is called stale: bookmarks come every minute or so."""
NAMESPACE_SEEN = 0.4
"""Seconds that the webhook waits for a namespace to be seen: its own time is one second."""
SECRETS_SEEN = 5.0
"""Seconds that a replica waits, before it is ready, for the Secrets to be seen."""
_POLICIES_AT_ONCE, _STATUSES_AT_ONCE, _RECOVERIES_AT_ONCE = 32, 4, 8
_REFUSED_AGAIN, _UNGRANTED_AGAIN, _UNSEEN_AGAIN = 30.0, 300.0, 5.0


class Controller:
    """Everything but the server for probes, the webhook and the election."""

    def __init__(
        self, cluster: Cluster, watcher: Watcher, *, bounds: Bounds, open_: Open, telling: Telling,
        metrics: Metrics, scope: Scope | None = None, workers: int = 32,
    ) -> None:  # fmt: skip
        """Make a controller.

        Args:
            cluster: what is read from, and, while we lead, written to; it repeats nothing by itself.
            watcher: what is followed.
            bounds: what may be done.
            open_: opens registries for trying credentials.
            telling: is told what happens.
            metrics: counts passes.
            scope: the whole cluster, unless namespaces are named.
            workers: namespaces that are worked on at once.
        """
        self._cluster, self._scope, self._workers = cluster, scope or Scope(), workers
        self._telling, self._metrics = telling, metrics
        self._world, self._work = World(bounds), Work()
        self._feeds = Feeds(watcher, self._world.store_of)
        self._following, self._followed = asyncio.Lock(), -1
        self._seeing: asyncio.Task[None] | None = None
        self._reactions = Reactions(self._world, self._work, telling)
        self._namespaces = NamespaceWorker(self._world)
        self._policies = PolicyWorker(self._world, open_, telling, fan_out=self._work.fan_out)
        self._statuses = StatusWorker(self._world, telling)
        self._recovery = RecoveryWorker(self._world, telling.recovered)

    @property
    def depth(self) -> int:
        """How many namespaces wait to be worked on."""
        return self._work.depth

    def ages(self) -> Mapping[str, float]:
        """Give the seconds since each watch gave a sign of life."""
        return {feed.choice.label: feed.age for feed in self._feeds}

    def failures(self) -> tuple[str, ...]:
        """Say which watches do not go on at the moment, and why."""
        return tuple(f"{feed.choice.label}: {feed.failure.message}" for feed in self._feeds if feed.failure)

    async def follow(self) -> None:
        """See everything that is there, and go on seeing; returns when the first look is done."""
        await self._feeds.follow(self._scope.lasting())
        await self._follow_secrets()
        with suppress(TimeoutError):  # one that we may not see must not keep the webhook from answering
            async with asyncio.timeout(SECRETS_SEEN):
                await self._feeds.refused(self._scope.secrets(self._world.states))
        self._seeing = asyncio.create_task(self._go_on_following(), name="Secrets of policies")

    async def close(self) -> None:
        """Stop seeing."""
        async with self._following:
            if self._seeing is not None:
                self._seeing.cancel()
            await self._feeds.close()

    async def _go_on_following(self) -> None:
        """Follow the Secrets of policies that come, whoever leads: the webhook has to know whose they are."""
        moved = self._world.states.moved
        while await moved.wait():
            moved.clear()
            await self._follow_secrets()

    async def names_for(self, namespace: str, account: str) -> tuple[str, ...]:
        """Name the Secrets that a ServiceAccount should list, for the webhook.

        The controller that makes `default` may be quicker than our watch of namespaces: that is waited for,
        but not for long.
        """
        obj = await self._world.await_namespace(namespace, NAMESPACE_SEEN)
        return self._world.names_for(obj, account) if obj else ()

    async def lead(self, leadership: Leadership) -> None:
        """Do the work, until cancelled."""
        work = self._work
        cluster = GuardedCluster(self._cluster, leadership, self._world, work.throttle)
        async with self._following:
            await self._feeds.renew()
        await self._feeds.seen(self._scope.lasting())
        work.begin()
        self._world.states.renew()
        for state in self._world.states:
            work.policy(state.key)
        try:
            async with asyncio.TaskGroup() as group:
                for running in (
                    work.policies.run(partial(self._on_policy, cluster), _POLICIES_AT_ONCE, failed=_log),
                    work.namespaces.run(partial(self._on_namespace, cluster), self._workers, failed=_log),
                    work.statuses.run(partial(self._on_status, cluster), _STATUSES_AT_ONCE, failed=_log),
                    work.recoveries.run(
                        partial(self._on_recovery, cluster), _RECOVERIES_AT_ONCE, failed=_log
                    ),
                    self._look_for_stale_watches(),
                ):
                    group.create_task(running)
        finally:
            work.end()

    async def _on_policy(self, cluster: Cluster, key: PolicyKey) -> None:
        await self._follow_secrets()
        state = self._world.states.get(key)
        needed = self._scope.needed(state) if state and not self._world.goes(key.namespace) else []
        refused = await self._feeds.refused(needed)
        if state and refused:
            choice, error = refused
            self._policies.refused(state, choice.label, error.message)
            again: float | None = _REFUSED_AGAIN
        else:
            again = await self._policies.work(cluster, key)
        if again is not None:
            self._work.policy(key, after=again)
        self._work.status(key)
        if state and not refused:
            await self._recover_what_is_left(cluster, state)

    async def _on_namespace(self, cluster: Cluster, key: NamespaceKey) -> None:
        if key.policy.namespace and self._world.goes(key.namespace):
            await self._policies.let_go(cluster, key.policy)
            return
        if not self._feeds.have_shown(self._scope.within(key.namespace)):
            self._work.namespaces.add_after(key, _UNSEEN_AGAIN)
            return
        began = time.monotonic()
        result = await self._namespaces.work(cluster, key)
        self._metrics.reconciled(_outcome(result), time.monotonic() - began)
        state = self._world.states.get(key.policy)
        if state is None:
            return
        state.written += result.written
        if result.written:
            # No watch tells others who want the same Secret what we wrote ourselves.
            self._work.fan_out(self._namespaces.rivals(key))
        if result.adopted:
            self._telling.tell(state, "Adopted", f"the Secret in namespace {key.namespace} was taken over")
        if result.attached and state.policy and state.policy.recover_pods:
            self._work.recovery(key, self._recovery.attached(key))
        if result.again_after is not None:
            self._work.namespaces.add_after(key, result.again_after)
        if state.deleting and not result.failed:
            self._work.departure(key.policy)
        self._work.status(key.policy)
        if result.failed:
            raise result.failed

    async def _on_status(self, cluster: Cluster, key: PolicyKey) -> None:
        again = await self._statuses.work(cluster, key)
        if again is not None:
            self._work.statuses.add_after(key, again)

    async def _on_recovery(self, cluster: Cluster, key: NamespaceKey) -> None:
        again = await self._recovery.work(cluster, key)
        if again is not None:
            self._work.recovery(key, again)

    async def _recover_what_is_left(self, cluster: Cluster, state: PolicyState) -> None:
        """Look once for Pods that got stuck before a policy asked for it, or while nobody led."""
        policy = state.policy
        wanted = policy is not None and policy.recover_pods and not state.deleting
        began, state.recovers = wanted and not state.recovers, wanted
        if policy is None or not began:
            return
        try:
            found, refused = await self._stuck(cluster, state)
        except ClusterError:
            state.recovers = False  # the policy is looked at again
            raise
        for name in found.intersection(self._world.meant(policy)):
            key = NamespaceKey(state.key, name)
            self._work.recovery(key, self._recovery.attached(key))
        for message in refused:
            self._telling.tell(state, "RecoveryFailed", message, warning=True)
        if refused:
            state.recovers = False
            self._work.policy(state.key, after=_UNGRANTED_AGAIN)

    async def _stuck(self, cluster: Cluster, state: PolicyState) -> tuple[set[str], list[str]]:
        """Name the namespaces with stuck Pods, and say what we may not look at: that stops no other."""
        own, found, refused = state.key.namespace, set[str](), list[str]()
        for namespace in (own,) if own else self._scope.namespaces or ("",):
            try:
                found |= await self._recovery.candidates(cluster, namespace)
            except Forbidden as error:
                refused.append(f"stuck Pods cannot be looked for: {error.message}")
        return found, refused

    async def _follow_secrets(self) -> None:
        """See to it that the Secrets of all policies are followed, and no others."""
        async with self._following:
            revision = self._world.states.revision
            if revision != self._followed:
                await self._feeds.only_secrets(self._scope.secrets(self._world.states))
                self._followed = revision

    async def _look_for_stale_watches(self) -> None:
        """Notice a watch that shows no sign of life, and that it lives again."""
        while True:
            await asyncio.sleep(STALE / 10)
            stale = {feed.choice for feed in self._feeds if feed.age > STALE}
            for state in self._world.states:
                needed = stale.intersection(self._scope.needed(state))
                name = min((choice.label for choice in needed), default="")
                if name != state.stale:
                    state.stale = name
                    self._work.status(state.key)


def _log(key: object, error: Exception) -> None:
    if isinstance(error, NotLeading):
        return
    if isinstance(error, ClusterError):
        level = logging.WARNING if asked_to_wait(error) is None else logging.DEBUG
        _LOG.log(level, "%s: %s; it is tried again", key, error.message)
    else:
        _LOG.error("%s: an error of our own: %s", key, type(error).__name__, exc_info=error)


def _outcome(result: Result) -> str:
    if result.failed is not None:
        return "failed" if asked_to_wait(result.failed) is None else "postponed"
    return "changed" if result.written else "unchanged"
