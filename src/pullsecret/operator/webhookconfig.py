"""Our CA in the MutatingWebhookConfiguration: by it the API server knows our webhook."""

import binascii

from pullsecret.app.ports import Cluster, PatchType
from pullsecret.core.errors import Finding, Invalid
from pullsecret.core.objects import MUTATING_WEBHOOK_CONFIGURATION, Object, resource_version_of

ENTRY = "serviceaccounts.pullsecret.dev"
"""The name of our webhook; other entries of the configuration are others'."""
_TRIES = 3


async def put_bundle(cluster: Cluster, name: str, bundle: str) -> bool:
    """Put our CA into the configuration, where another stands there or none.

    Args:
        cluster: where the configuration is.
        name: of the configuration.
        bundle: PEM certificates.

    Returns:
        Whether anything was written.

    Raises:
        NotFound: there is no such configuration.
        Finding: it holds no webhook of ours.
        ClusterError: it cannot be read or written.
    """
    wanted = binascii.b2a_base64(bundle.encode(), newline=False).decode("ascii")
    for attempt in range(_TRIES):
        configuration = await cluster.get(MUTATING_WEBHOOK_CONFIGURATION, name)
        position = _position(configuration, name)
        if _bundle(configuration["webhooks"][position]) == wanted:
            return False
        patch = _patch(configuration, position, wanted)
        try:
            await cluster.patch(MUTATING_WEBHOOK_CONFIGURATION, name, patch, patch_type=PatchType.JSON)
        except Invalid:  # a test failed: it was written meanwhile, and is read again
            if attempt == _TRIES - 1:
                raise
        else:
            return True
    return False


def _position(configuration: Object, name: str) -> int:
    for position, webhook in enumerate(configuration.get("webhooks") or []):
        if webhook.get("name") == ENTRY:
            return position
    raise Finding(f"MutatingWebhookConfiguration {name} holds no webhook {ENTRY}")


def _bundle(webhook: Object) -> str:
    return str((webhook.get("clientConfig") or {}).get("caBundle") or "")


def _patch(configuration: Object, position: int, bundle: str) -> list[Object]:
    """Change this one field, if the configuration still is as it was read."""
    at = f"/webhooks/{position}"
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": resource_version_of(configuration)},
        {"op": "test", "path": f"{at}/name", "value": ENTRY},
        {"op": "add", "path": f"{at}/clientConfig/caBundle", "value": bundle},
    ]
