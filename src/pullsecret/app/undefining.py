"""Whether the definitions of our resources go with an installation: with them goes every policy there is."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pullsecret.app.finding import find
from pullsecret.app.keepers import KINDS
from pullsecret.app.outcome import Action, Change
from pullsecret.app.ports import Cluster
from pullsecret.core.errors import Forbidden, NotFound
from pullsecret.core.installation.difference import HELM_RELEASE, PART_OF
from pullsecret.core.installation.options import NAME
from pullsecret.core.objects import (
    DEPLOYMENT,
    Object,
    annotations_of,
    name_of,
    namespace_of,
    uid_of,
)
from pullsecret.core.policy.reading import key_of
from pullsecret.core.policy.schema import DEFINITION, custom_resource_definitions

_OPERATORS = f"{PART_OF}={NAME},app.kubernetes.io/name={NAME}"
_SCOPED = (
    "it stays with --watch-namespaces: policies of others may need it; to uninstall without it removes it"
)


@dataclass(frozen=True, slots=True)
class Definitions:
    """Those that the cluster has.

    Attributes:
        going: may be deleted.
        staying: each of the others, with the reason.
    """

    going: tuple[Object, ...] = ()
    staying: tuple[Change, ...] = ()


async def definitions_to_remove(
    cluster: Cluster, taken_back: Collection[str], removed: Collection[str]
) -> Definitions:
    """Find the definitions that nobody needs once an installation of the whole cluster is gone.

    Args:
        cluster: where.
        taken_back: UIDs of the policies that are, or are about to be.
        removed: UIDs of the installation's objects.
    """
    found = await _found(cluster)
    needed = await _policy_left(cluster, taken_back) or await _operator_left(cluster, removed)
    why = {name_of(obj): needed or _helms(obj) for obj in found}
    going = tuple(obj for obj in found if not why[name_of(obj)])
    return Definitions(going, tuple(_stays(obj, why[name_of(obj)]) for obj in found if obj not in going))


async def definitions_of_others(cluster: Cluster) -> Definitions:
    """Find the definitions that an installation for some namespaces leaves, if it may look at them."""
    with suppress(Forbidden):
        return Definitions(staying=tuple(_stays(obj, _SCOPED) for obj in await _found(cluster)))
    return Definitions()


async def _found(cluster: Cluster) -> list[Object]:
    names = [name_of(obj) for obj in custom_resource_definitions()]
    found = [await find(cluster, DEFINITION, name) for name in names]
    return [obj for obj in found if obj is not None]


def _stays(definition: Object, why: str) -> Change:
    return Change(f"{DEFINITION.singular}/{name_of(definition)}", "", Action.UNCHANGED, why)


async def _policy_left(cluster: Cluster, taken_back: Collection[str]) -> str:
    """Tell of a policy that was not taken back, as one that somebody has just written."""
    for kind in KINDS:
        policies: Sequence[Object] = ()
        with suppress(NotFound):
            policies = await cluster.list(kind)
        for obj in policies:
            if uid_of(obj) not in taken_back:
                return f"it stays, as {key_of(obj)} is there and was not taken back; run it again"
    return ""


async def _operator_left(cluster: Cluster, removed: Collection[str]) -> str:
    """Tell of another installation; the policies that it keeps would go from under it."""
    try:
        operators = await cluster.list(DEPLOYMENT, label_selector=_OPERATORS)
    except Forbidden:
        return (
            "it stays, as it cannot be seen whether another operator needs it: this account may not list "
            "deployments of all namespaces; where none does, `kubectl delete crd` removes it"
        )
    for obj in operators:
        if uid_of(obj) not in removed:
            where = f"{DEPLOYMENT.singular}/{name_of(obj)} in namespace {namespace_of(obj)!r}"
            return f"it stays, as another operator needs it: {where}; uninstall that first"
    return ""


def _helms(definition: Object) -> str:
    """Tell of the Helm release that a definition belongs to."""
    release = annotations_of(definition).get(HELM_RELEASE)
    if not release:
        return ""
    return (
        f"it stays, as it is of the Helm release {release!r}, which removes it with crds.keep=false; where "
        f"that is gone, `kubectl delete crd {name_of(definition)}` removes it, and with it all such policies"
    )
