"""Pods from before their ServiceAccount named the Secret are made again, where a policy asks for it.

They are looked for a few times after each attachment: a Pod that is made later has the name, and one that
missed it shows within seconds that it cannot pull. Only one that waits for a node, a volume or another image
first may show it much later; for as long as there is such a Pod it is looked again, but seldom.
"""

import asyncio
from collections.abc import Callable, Sequence

from pullsecret.app.outcome import Action, Change
from pullsecret.app.ports import Cluster, Sleep
from pullsecret.app.restart import restart, stuck_of_accounts
from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import POD, Object, name_of, namespace_of
from pullsecret.core.policy.model import AttachTo, Policy
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.stuckpods import PULL_FAILURES, StuckPod, container_states
from pullsecret.core.workloads import workload_of
from pullsecret.operator.namespaces import NamespaceKey
from pullsecret.operator.world import World

LOOKS = (1.0, 3.0, 6.0, 12.0, 25.0, 45.0)
"""Seconds from one look to the next, after an attachment."""
SELDOM = 60.0
"""Seconds from one look to the next after those, while a Pod without the name has not come to its image."""
PENDING = "status.phase=Pending"
_AT_ONCE = 4

Told = Callable[[NamespaceKey, StuckPod, Change], None]


class RecoveryWorker:
    """Has stuck Pods made again."""

    def __init__(self, world: World, told: Told, sleep: Sleep = asyncio.sleep) -> None:
        self._world, self._told, self._sleep = world, told, sleep
        self._looks: dict[NamespaceKey, int] = {}

    def attached(self, key: NamespaceKey) -> float:
        """Begin to look after an attachment; give the seconds until the first look."""
        self._looks[key] = 0
        return LOOKS[0]

    async def work(self, cluster: Cluster, key: NamespaceKey) -> float | None:
        """Look once, and evict what is stuck; give the seconds until the next look, None for no more."""
        state = self._world.states.get(key.policy)
        policy = state.policy if state and not state.deleting else None
        if policy is None or not policy.recover_pods:
            self._looks.pop(key, None)
            return None
        undecided = await self._recover(cluster, key, policy)
        look = self._looks.get(key, len(LOOKS)) + 1
        if look < len(LOOKS):
            self._looks[key] = look
            return LOOKS[look]
        self._looks.pop(key, None)
        return SELDOM if undecided else None

    async def candidates(self, cluster: Cluster, within: Sequence[str]) -> set[str]:
        """Name the namespaces with Pods that wait for an image: looked for once, when we begin to lead.

        Args:
            cluster: where.
            within: the namespaces that we may look at; none means all.
        """
        found = set()
        for namespace in within or ("",):
            pods = await cluster.list(POD, namespace=namespace, field_selector=PENDING, keep=_waits)
            found |= {namespace_of(pod) for pod in pods}
        return found

    async def _recover(self, cluster: Cluster, key: NamespaceKey, policy: Policy) -> bool:
        """Evict what is stuck; tell whether there are Pods that may get stuck yet."""
        secret = self._world.secrets.get(key.namespace, policy.secret_name)
        accounts = self._accounts(policy, key.namespace)
        if secret is None or not accounts:
            return False

        def is_early(pod: Object) -> bool:
            return _is_early(pod, policy.secret_name, accounts)

        early = await cluster.list(POD, namespace=key.namespace, field_selector=PENDING, keep=is_early)
        if any(map(_waits, early)):
            await self._evict(cluster, key, secret, accounts)
        return not all(map(_waits, early))

    async def _evict(
        self, cluster: Cluster, key: NamespaceKey, secret: Object, accounts: Sequence[str]
    ) -> None:
        try:
            stuck = await stuck_of_accounts(cluster, Secret.from_manifest(secret), accounts)
        except InvalidInput:  # a copy that is being put right at this moment
            return
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(pod: StuckPod) -> None:
            async with slots:
                change = await restart(cluster, pod, name_of(secret), self._sleep)
            if change.action in (Action.EVICTED, Action.FAILED):
                self._told(key, pod, change)

        await asyncio.gather(*(one(pod) for pod in stuck if pod.evictable))

    def _accounts(self, policy: Policy, namespace: str) -> list[str]:
        if policy.attach.to is AttachTo.NONE:
            return []
        if policy.attach.to is AttachTo.ALL:
            return [name_of(account) for account in self._world.accounts.within(namespace)]
        there = self._world.accounts
        return [name for name in policy.attach.accounts if there.get(namespace, name) is not None]


def _is_early(pod: Object, name: str, accounts: Sequence[str]) -> bool:
    """Whether a Pod inherited its ServiceAccount's list, if it did, before the name was there."""
    view = workload_of(pod)
    return view is not None and view.service_account in accounts and name not in view.secret_names


def _waits(pod: Object) -> bool:
    return any(state.reason in PULL_FAILURES for state in container_states(pod))
