"""Pods from before their ServiceAccount named the Secret are made again, where a policy asks for it.

They are looked for a few times after each attachment: a Pod that is made later has the name, and one that
missed it shows within seconds that it cannot pull. Only one that waits for a node, a volume or another image
first may show it much later; for as long as there is such a Pod it is looked again, but seldom.

Evicted is only where the next Pod gets the name: from a ServiceAccount that lists it now, in a namespace that
is as the policy says. If new ones lack it all the same, that is told, and after a few times they are left.
"""

import asyncio
from collections.abc import Callable, Sequence

from pullsecret.app.outcome import Action, Change
from pullsecret.app.ports import Cluster, Sleep
from pullsecret.app.restart import Remade, remake, stuck_of_accounts, successor
from pullsecret.app.sync.recover import gives, why_no_name
from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import POD, Object, controller_of, name_of, namespace_of
from pullsecret.core.plan.copies import is_ours
from pullsecret.core.policy.model import AttachTo, Policy
from pullsecret.core.policy.optout import opt_out_of
from pullsecret.core.pullsecrets import KEY_JSON, Secret
from pullsecret.core.stuckpods import PULL_FAILURES, StuckPod, container_states
from pullsecret.core.workloads import workload_of
from pullsecret.operator.misses import MOST, Controller, Misses
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
        self._misses = Misses()

    def attached(self, key: NamespaceKey) -> float:
        """Begin to look after an attachment; give the seconds until the first look."""
        self._looks[key] = 0
        return LOOKS[0]

    async def work(self, cluster: Cluster, key: NamespaceKey) -> float | None:
        """Look once, and evict what is stuck; give the seconds until the next look, None for no more."""
        state = self._world.states.get(key.policy)
        policy = state.policy if state and not state.deleting else None
        if state is None or policy is None or not self._is_asked(policy, key.namespace):
            self._looks.pop(key, None)
            self._misses.forget(key)
            return None
        self._misses.heed(key, (state.uid, state.generation))
        undecided = await self._recover(cluster, key, policy)
        look = self._looks.get(key, len(LOOKS)) + 1
        if look < len(LOOKS):
            self._looks[key] = look
            return LOOKS[look]
        self._looks.pop(key, None)
        return SELDOM if undecided else None

    async def candidates(self, cluster: Cluster, within: str) -> set[str]:
        """Name the namespaces with Pods that wait for an image: looked for once, when we begin to lead.

        Args:
            cluster: where.
            within: the one namespace that is looked at; empty for all.
        """
        pods = await cluster.list(POD, namespace=within, field_selector=PENDING, keep=_waits)
        return {namespace_of(pod) for pod in pods}

    def _is_asked(self, policy: Policy, namespace: str) -> bool:
        """Whether a policy asks for this in a namespace, and that did not opt out."""
        obj = self._world.namespaces.get("", namespace)
        if obj is None or not policy.recover_pods or policy.attach.to is AttachTo.NONE:
            return False
        return self._world.is_meant(policy, obj) and not opt_out_of(obj, "Namespace")

    async def _recover(self, cluster: Cluster, key: NamespaceKey, policy: Policy) -> bool:
        """Evict what is stuck; tell whether there are, or may be, Pods that may get stuck yet."""
        secret = self._copy(key, policy)
        if secret is None:
            return True
        accounts = [
            name_of(account)
            for account in self._world.accounts.within(key.namespace)
            if policy.attach.wants(name_of(account)) and gives(account, policy.secret_name)
        ]
        if not accounts:
            return False

        def is_early(pod: Object) -> bool:
            return _is_early(pod, policy.secret_name, accounts) and not self._is_left(key, _maker(pod))

        early = await cluster.list(POD, namespace=key.namespace, field_selector=PENDING, keep=is_early)
        again = any(map(_waits, early)) and await self._evict(cluster, key, policy, secret, accounts)
        return again or not all(map(_waits, early))

    def _copy(self, key: NamespaceKey, policy: Policy) -> Object | None:
        """Give the policy's copy in a namespace, if it holds what it should; None where not, or not yet."""
        state = self._world.states.get(key.policy)
        secret = self._world.secrets.get(key.namespace, policy.secret_name)
        if state is None or state.policy != policy or secret is None or not is_ours(secret, policy.uid):
            return None
        right = state.data and (secret.get("data") or {}).get(KEY_JSON) == state.data
        return secret if right and not opt_out_of(secret, "Secret") else None

    def _is_left(self, key: NamespaceKey, maker: Controller) -> bool:
        return self._misses.of(key, maker) >= MOST

    async def _evict(
        self, cluster: Cluster, key: NamespaceKey, policy: Policy, secret: Object, accounts: Sequence[str]
    ) -> bool:
        """Evict each stuck Pod once; tell whether new ones lack the name, and it should be looked again."""
        try:
            stuck = await stuck_of_accounts(cluster, Secret.from_manifest(secret), accounts)
        except InvalidInput:  # a copy that is being put right at this moment
            return True
        slots = asyncio.Semaphore(_AT_ONCE)

        async def why_not(pod: Object) -> str:
            if self._copy(key, policy) is None:
                return "the namespace is not as the policy says"
            return await why_no_name(cluster, policy.secret_name, pod)

        async def one(pod: StuckPod) -> tuple[Controller, Remade]:
            async with slots:
                made = await remake(cluster, pod, policy.secret_name, self._sleep, why_not)
            self._tell(key, policy.secret_name, pod, made)
            return _maker_of(pod), made

        chosen = [pod for pod in stuck if pod.evictable and not self._is_left(key, _maker_of(pod))]
        return self._count(key, await asyncio.gather(*map(one, chosen)))

    def _tell(self, key: NamespaceKey, name: str, pod: StuckPod, made: Remade) -> None:
        change = made.change
        if made.in_vain and self._misses.of(key, _maker_of(pod)) + 1 >= MOST:
            told = f"evicted in vain {MOST} times: new Pods lack {name}, though their ServiceAccount lists it"
            change = Change(change.resource, change.namespace, Action.FAILED, f"{told}; it is left")
            pod = successor(pod, made.new) if made.new else pod
        if change.action in (Action.EVICTED, Action.FAILED):
            self._told(key, pod, change)

    def _count(self, key: NamespaceKey, made: Sequence[tuple[Controller, Remade]]) -> bool:
        state = self._world.states.get(key.policy)
        if state is None:
            return False
        missed = {maker for maker, each in made if each.in_vain}
        got = {maker for maker, each in made if each.new is not None and not each.lacking}
        self._misses.note(key, (state.uid, state.generation), missed, got)
        return any(not self._is_left(key, maker) for maker in missed)


def _is_early(pod: Object, name: str, accounts: Sequence[str]) -> bool:
    """Whether a Pod inherited its ServiceAccount's list, if it did, before the name was there."""
    view = workload_of(pod)
    return view is not None and view.service_account in accounts and name not in view.secret_names


def _maker(pod: Object) -> Controller:
    owner = controller_of(pod)
    return (owner.kind, owner.name) if owner else ("", "")


def _maker_of(pod: StuckPod) -> Controller:
    return pod.owner_kind, pod.owner_name


def _waits(pod: Object) -> bool:
    return any(state.reason in PULL_FAILURES for state in container_states(pod))
