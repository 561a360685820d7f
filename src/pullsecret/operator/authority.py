"""The authority that all replicas share, in one Secret: made, read and rotated by whoever comes first."""

import binascii
from dataclasses import dataclass
from datetime import datetime

from pullsecret.app.ports import Cluster, PatchType
from pullsecret.core.errors import AlreadyExists, Conflict, Finding, InvalidInput, NotFound
from pullsecret.core.objects import SECRET, Object, labels_of, resource_version_of
from pullsecret.core.policy.names import MANAGED_BY, MANAGER
from pullsecret.core.sensitive import Sensitive
from pullsecret.operator.certificates import Authority, split_bundle, still_valid

COMPONENT = "app.kubernetes.io/component"
_LABELS = {MANAGED_BY: MANAGER, COMPONENT: "webhook"}
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Shared:
    """The authority that signs now, and all that are trusted.

    Attributes:
        authority: signs certificates.
        bundle: PEM certificates, the one that signs first; those before it until their time is over, since
            replicas still serve with what they signed.
    """

    authority: Authority
    bundle: str

    def trusts(self, issuer: str) -> bool:
        """Tell whether a certificate that this authority signed is trusted."""
        return issuer in split_bundle(self.bundle)


async def shared_authority(cluster: Cluster, *, namespace: str, name: str, now: datetime) -> Shared:
    """Read the shared authority; make it where there is none, and another in time before it ends.

    All replicas may do so at once: one of them writes, the others read what it wrote.

    Args:
        cluster: where the Secret is.
        namespace: of the Secret.
        name: of the Secret.
        now: the time.

    Raises:
        Finding: a Secret of this name is somebody else's.
        Conflict: it changes all the time.
        ClusterError: it cannot be read or written.
    """
    for _ in range(_TRIES):
        secret = await _read(cluster, namespace, name)
        shared = _shared(secret) if secret is not None else None
        if shared is not None and now < shared.authority.pair.renewal:
            return shared
        following = _following(shared, now)
        try:
            await _write(cluster, secret, following, namespace=namespace, name=name)
        except (AlreadyExists, Conflict, NotFound):
            continue
        return following
    raise Conflict(f"Secret {namespace}/{name} changes all the time", status=409)


async def _read(cluster: Cluster, namespace: str, name: str) -> Object | None:
    try:
        secret = await cluster.get(SECRET, name, namespace=namespace)
    except NotFound:
        return None
    if any(labels_of(secret).get(label) != value for label, value in _LABELS.items()):
        raise Finding(
            f"Secret {namespace}/{name} is not the webhook's, and is left as it is",
            hint="name another one with --webhook-secret",
        )
    return secret


def _shared(secret: Object) -> Shared | None:
    """Read what the Secret holds; None for what nobody could use."""
    try:
        pem, key, bundle = (_text(secret, name) for name in ("tls.crt", "tls.key", "ca.crt"))
        authority = Authority.parse(pem, Sensitive(key))
    except InvalidInput:
        return None
    first = authority.pair.pem
    return Shared(authority, first + "".join(other for other in split_bundle(bundle) if other != first))


def _text(secret: Object, name: str) -> str:
    try:
        return binascii.a2b_base64(secret.get("data", {}).get(name) or "").decode()
    except (ValueError, AttributeError, TypeError):
        raise InvalidInput("is no base64 of a text", place=f"data[{name}]") from None


def _following(before: Shared | None, now: datetime) -> Shared:
    authority = Authority.create(now)
    old = split_bundle(before.bundle) if before else ()
    return Shared(authority, authority.pair.pem + "".join(pem for pem in old if still_valid(pem, now)))


async def _write(
    cluster: Cluster, before: Object | None, shared: Shared, *, namespace: str, name: str
) -> None:
    pair = shared.authority.pair
    texts = {"tls.crt": pair.pem, "tls.key": pair.key.reveal(), "ca.crt": shared.bundle}
    data = {key: binascii.b2a_base64(text.encode(), newline=False).decode() for key, text in texts.items()}
    if before is not None:
        patch = {"metadata": {"resourceVersion": resource_version_of(before)}, "data": data}
        await cluster.patch(SECRET, name, patch, patch_type=PatchType.MERGE, namespace=namespace)
        return
    secret: Object = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": _LABELS},
        "type": "kubernetes.io/tls",
        "data": data,
    }
    await cluster.create(SECRET, secret, namespace=namespace)
