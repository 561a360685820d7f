"""Which policy keeps a Secret, and which policies are made of it: asked of the cluster, not of its labels."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from pullsecret.app.finding import find
from pullsecret.app.ports import Cluster
from pullsecret.core.errors import Forbidden, InvalidInput, NotFound, UsageError
from pullsecret.core.objects import (
    NAMESPACE,
    Kind,
    Object,
    annotations_of,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)
from pullsecret.core.policy.model import Policy, PolicyKey, SecretRef
from pullsecret.core.policy.names import (
    CLUSTER_PULL_SECRET,
    FINALIZER,
    LOCAL,
    POLICY_LABEL,
    POLICY_UID,
    PULL_SECRET,
)
from pullsecret.core.policy.optout import opt_out_of
from pullsecret.core.policy.reading import key_of, policy_of, source_refs

KINDS = (CLUSTER_PULL_SECRET, PULL_SECRET)


async def keeper_of(cluster: Cluster, secret: Object) -> Policy | None:
    """Give the policy that keeps a Secret; None where nobody does, or its owner opted out.

    Whoever may write a Secret may put a policy's marks on it. So the policy must be there with the UID that
    the annotation names, and must mean this name in this namespace.

    Raises:
        UsageError: it carries marks of a policy that does not keep it.
    """
    label, uid = labels_of(secret).get(POLICY_LABEL), annotations_of(secret).get(POLICY_UID)
    if not (label or uid) or opt_out_of(secret, "Secret"):
        return None
    name, namespace = name_of(secret), namespace_of(secret)
    place = await _namespace(cluster, namespace)
    if opt_out_of(place, "Namespace"):
        return None
    for kind in [kind for kind in KINDS if str(label).startswith(f"{kind.kind}.")] or KINDS:
        for obj in await _policies(cluster, kind, namespace):
            if uid and uid_of(obj) == uid:
                policy = policy_of(obj)
                meant = policy.secret_name == name and not policy.deleting
                if meant and policy.means(namespace, labels_of(place)):
                    return policy
    raise UsageError(
        f"Secret {name!r} in namespace {namespace!r} carries the marks of {label or 'a policy'}, "
        "but no such policy keeps it here; nothing was touched",
        hint="where `sync` made it, rotate the Secret that it was made from and run `sync` again; where it "
        f"is your own, take the label {POLICY_LABEL} and the annotation {POLICY_UID} off",
    )


async def is_operated(cluster: Cluster, key: PolicyKey) -> bool:
    """Tell whether an operator keeps a policy of this name in the cluster: it carries its finalizer.

    Where policies may not be read, nobody can tell; then it is taken for one that is not.
    """
    if key.kind == LOCAL:
        return False
    try:
        obj = await find(cluster, key.resource, key.name, key.namespace)
    except Forbidden:
        return False
    metadata = (obj or {}).get("metadata", {})
    return FINALIZER in (metadata.get("finalizers") or ()) and "deletionTimestamp" not in metadata


async def policies_reading(cluster: Cluster, ref: SecretRef) -> list[Policy]:
    """Give the policies of which a Secret is a source, as far as we may know them.

    Policies that are not sound hand nothing out, and are passed over.
    """
    found: list[Policy] = []
    for kind in KINDS:
        try:
            objects = await _policies(cluster, kind, ref.namespace)
        except Forbidden:
            continue
        for obj in objects:
            try:
                policy = policy_of(obj)
            except InvalidInput:
                continue
            if not policy.deleting and any(source.ref == ref for source in policy.sources):
                found.append(policy)
    return found


async def reader_of(cluster: Cluster, ref: SecretRef) -> str:
    """Name a policy that reads its credential from a Secret; empty where none does that we may know of."""
    for kind in KINDS:
        with suppress(Forbidden):
            if reader := readers_of(await _policies(cluster, kind, ref.namespace)).get(ref):
                return reader
    return ""


async def sources_read(cluster: Cluster) -> dict[SecretRef, str]:
    """Give the Secrets that policies of the cluster read their credentials from, each with one that does.

    Raises:
        Forbidden: policies may not be looked at.
    """
    return readers_of([obj for kind in KINDS for obj in await _policies(cluster, kind, "")])


def readers_of(policies: Iterable[Object]) -> dict[SecretRef, str]:
    """Give the Secrets that policies which stay read their credentials from, each with one that does."""
    found: dict[SecretRef, str] = {}
    for obj in policies:
        if obj["metadata"].get("deletionTimestamp") is None:
            for ref in source_refs(obj):
                found.setdefault(ref, str(key_of(obj)))
    return found


async def _policies(cluster: Cluster, kind: Kind, namespace: str) -> Sequence[Object]:
    """List policies that may have to do with a namespace; none where the cluster does not know their kind."""
    try:
        return await cluster.list(kind, namespace=namespace if kind.namespaced else "")
    except NotFound:
        return ()


async def _namespace(cluster: Cluster, name: str) -> Object:
    """Read a namespace; where we may not, as one without labels and annotations."""
    try:
        return await find(cluster, NAMESPACE, name) or {}
    except Forbidden:
        return {}
