"""Uninstall the operator: stopped first, then everything taken back, then its manifests."""

from collections.abc import Sequence
from dataclasses import dataclass

from pullsecret.app.finding import find
from pullsecret.app.install import objects_of, remove
from pullsecret.app.leaving import Traces, take_back, traces_of
from pullsecret.app.outcome import Action, Change, Outcome
from pullsecret.app.ports import Cluster, PatchType, Sleep
from pullsecret.app.secrets import TRIES, busy
from pullsecret.app.undefining import Definitions, definitions_of_others, definitions_to_remove
from pullsecret.core.errors import ClusterError, Conflict
from pullsecret.core.installation.difference import is_of_installation, refuse_foreign
from pullsecret.core.installation.options import Installation
from pullsecret.core.objects import (
    DEPLOYMENT,
    LEASE,
    MUTATING_WEBHOOK_CONFIGURATION,
    POD,
    SECRET,
    Kind,
    Object,
    labels_of,
    namespace_of,
    resource_version_of,
    uid_of,
)
from pullsecret.core.policy.names import MANAGED_BY, MANAGER
from pullsecret.core.policy.schema import DEFINITION

LOOKS, PAUSE = 240, 0.25
"""How often, and every how many seconds, it is looked whether the operator's Pods are gone: one minute."""


@dataclass(frozen=True, slots=True)
class UninstallRequest:
    """What is to be uninstalled.

    Attributes:
        namespace: where the operator runs.
        name: of its objects.
        watch_namespaces: given, only what `PullSecret`s of these left is taken back, nothing of the cluster
            as a whole is removed, and the definitions stay.
        detach_only: leave the manifests and definitions: somebody else takes them away.
        keep_definitions: leave the definitions, and with them all policies; without it they stay only where
            somebody else needs them.
    """

    namespace: str
    name: str
    watch_namespaces: tuple[str, ...] = ()
    detach_only: bool = False
    keep_definitions: bool = False

    @property
    def described(self) -> Installation:
        """The installation, as far as its names go."""
        return Installation(self.namespace, "", self.name, watch_namespaces=self.watch_namespaces)


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to take away.

    Attributes:
        traces: of policies.
        objects: of the installation.
        definitions: which would go, and every policy with them.
        staying: the definitions that would not, each with the reason.
    """

    traces: Traces
    objects: tuple[tuple[Kind, Object], ...] = ()
    definitions: tuple[Object, ...] = ()
    staying: tuple[Change, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether there is nothing at all."""
        return not (self.traces.policies or self.objects or self.definitions)


async def look(cluster: Cluster, request: UninstallRequest) -> Found:
    """Find what there is to take away.

    Raises:
        UsageError: the installation is Helm's, and more than detaching was asked for.
    """
    traces = await traces_of(cluster, request.watch_namespaces)
    if request.detach_only:
        return Found(traces)
    objects = await _objects(cluster, request)
    for _, obj in objects:
        refuse_foreign(obj, request.name)
    definitions = await _definitions(cluster, request, traces, objects)
    return Found(traces, tuple(objects), definitions.going, definitions.staying)


async def uninstall(cluster: Cluster, request: UninstallRequest, sleep: Sleep) -> Outcome:
    """Stop the operator, take back what policies left, then remove the installation.

    Nothing is removed as long as something could not be taken back: the definitions would wait for the
    policies, and the policies for somebody who lets go of them.

    Raises:
        ClusterError: the operator does not stop.
    """
    stopped = await _stop(cluster, request, sleep)
    traces = await traces_of(cluster, request.watch_namespaces)
    outcome = await take_back(cluster, traces)
    outcome.changes[:0] = stopped
    if outcome.failed or request.detach_only:
        return outcome
    with outcome.until_it_fails():
        found = await _objects(cluster, request)
        outcome.changes += await remove(cluster, found)
        outcome.changes += await remove(cluster, await _made_by_operator(cluster, request))
        definitions = await _definitions(cluster, request, traces, found)
        outcome.changes += await remove(cluster, [(DEFINITION, obj) for obj in definitions.going])
        outcome.changes += definitions.staying
    return outcome


async def _objects(cluster: Cluster, request: UninstallRequest) -> list[tuple[Kind, Object]]:
    """Find the installation's objects; what is called so beyond the namespaces that it is for is not its."""
    where = request.described.namespaces
    found = await objects_of(cluster, request.name, where)
    return [(kind, obj) for kind, obj in found if not request.watch_namespaces or namespace_of(obj) in where]


async def _definitions(
    cluster: Cluster, request: UninstallRequest, traces: Traces, objects: Sequence[tuple[Kind, Object]]
) -> Definitions:
    if request.keep_definitions:
        return Definitions()
    if request.watch_namespaces:
        return await definitions_of_others(cluster)
    taken_back = {uid_of(obj) for obj in traces.policies}
    return await definitions_to_remove(cluster, taken_back, {uid_of(obj) for _, obj in objects})


async def _made_by_operator(cluster: Cluster, request: UninstallRequest) -> list[tuple[Kind, Object]]:
    """Find what the operator made for itself: its Lease, and the webhook's authority, which is marked."""
    part, where = request.described.part, request.namespace
    lease = await find(cluster, LEASE, part("operator"), where)
    authority = await find(cluster, SECRET, part("webhook-ca"), where)
    ours = authority is not None and labels_of(authority).get(MANAGED_BY) == MANAGER
    found = ((LEASE, lease), (SECRET, authority if ours else None))
    return [(kind, obj) for kind, obj in found if obj is not None]


async def _stop(cluster: Cluster, request: UninstallRequest, sleep: Sleep) -> list[Change]:
    """Let nobody undo what follows: no webhook, no replica."""
    changes = [] if request.watch_namespaces else await _silence(cluster, request.name)
    if await _scale_down(cluster, request):
        changes.append(Change(f"deployment/{request.name}", request.namespace, Action.STOPPED))
    selector = ",".join(f"{key}={value}" for key, value in request.described.selector.items())
    for _ in range(LOOKS):
        if not await cluster.list(POD, namespace=request.namespace, label_selector=selector):
            return changes
        await sleep(PAUSE)
    raise ClusterError(
        f"the operator's Pods in namespace {request.namespace!r} do not end",
        hint="look at them, then try again",
    )


async def _silence(cluster: Cluster, name: str) -> list[Change]:
    configuration = await find(cluster, MUTATING_WEBHOOK_CONFIGURATION, name)
    if configuration is None or not is_of_installation(configuration, name):
        return []
    return await remove(cluster, [(MUTATING_WEBHOOK_CONFIGURATION, configuration)])


async def _scale_down(cluster: Cluster, request: UninstallRequest) -> bool:
    """Tell whether there was a Deployment to stop."""
    for _ in range(TRIES):
        deployment = await find(cluster, DEPLOYMENT, request.name, request.namespace)
        if deployment is None or not is_of_installation(deployment, request.name):
            return False
        if deployment["spec"].get("replicas") == 0:
            return False
        version = {"resourceVersion": resource_version_of(deployment)}
        patch = {"metadata": version, "spec": {"replicas": 0}}
        try:
            await cluster.patch(
                DEPLOYMENT, request.name, patch, patch_type=PatchType.MERGE, namespace=request.namespace
            )
        except Conflict:
            continue
        return True
    raise busy(f"deployment/{request.name}")
