"""The definitions of our resources in a cluster that others use too."""

import asyncio

from pullsecret.core.errors import AlreadyExists, NotFound
from pullsecret.core.objects import Kind
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.core.policy.schema import DEFINITION, custom_resource_definitions
from pullsecret.kube.client import ClusterClient

MERGE_PATCH = "application/merge-patch+json"


async def define(cluster: ClusterClient) -> None:
    """See that a cluster knows our resources as they are now, and serves them.

    They stay: other tests may use them at the same time, and taking them away deletes every policy.
    """
    for wanted in custom_resource_definitions():
        try:
            await cluster.create(DEFINITION, wanted)
        except AlreadyExists:
            name, patch = wanted["metadata"]["name"], {"spec": wanted["spec"]}
            await cluster.patch(DEFINITION, name, patch, patch_type=MERGE_PATCH)
    for kind in (CLUSTER_PULL_SECRET, PULL_SECRET):
        # They are served a moment after they were made; nothing can be watched until then.
        async with asyncio.timeout(30):
            while not await _served(cluster, kind):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def _served(cluster: ClusterClient, kind: Kind) -> bool:
    try:
        await cluster.list(kind, namespace="")
    except NotFound:
        return False
    return True
