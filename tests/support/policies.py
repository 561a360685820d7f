"""The definitions of our resources in a cluster that others use too."""

import asyncio
from collections.abc import Sequence
from typing import Any

from pullsecret.core.errors import AlreadyExists, NotFound
from pullsecret.core.objects import SERVICE_ACCOUNT, Kind, Object
from pullsecret.core.policy.names import (
    ATTACHED,
    CLUSTER_PULL_SECRET,
    FINALIZER,
    MANAGED_BY,
    MANAGER,
    POLICY_LABEL,
    POLICY_UID,
    PULL_SECRET,
    policy_label,
)
from pullsecret.core.policy.schema import DEFINITION, custom_resource_definitions
from pullsecret.kube.client import ClusterClient
from pullsecret.sandbox.definitions import Definitions
from support.clusters import TestCluster

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


class PolicyCluster(TestCluster):
    """A cluster without sockets that knows our resources."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__()
        Definitions(self.store)
        for definition in custom_resource_definitions():
            self.store.create(DEFINITION, definition)

    def policy(
        self, name: str = "harbor", *, namespace: str = "", told: Sequence[str] | None = None, **parts: Any
    ) -> Object:
        """Make a policy that carries our finalizer; `parts` go to its spec.

        `told` are the names that its status tells: that of its copies, as if the operator had been there.
        """
        kind = PULL_SECRET if namespace else CLUSTER_PULL_SECRET
        ref = {"name": "login"} if namespace else {"namespace": "platform", "name": "login"}
        where = {} if namespace else {"namespaces": {"include": ["*"]}}
        spec = {"credentials": [{"type": "DockerConfig", "secretRef": ref}], **where, **parts}
        obj = {
            "apiVersion": kind.api_version,
            "kind": kind.kind,
            "metadata": {"name": name, "finalizers": ["example.com/theirs", FINALIZER]},
            "spec": spec,
        }
        made = self.store.create(kind, obj, namespace)
        names = [parts.get("secretName", name)] if told is None else list(told)
        return self.store.update_status(kind, {**made, "status": {"secretNames": names}}) if names else made

    def copy(
        self, policy: Object, *, namespace: str = "web", name: str = "harbor", **metadata: Any
    ) -> Object:
        """Make a copy of a policy."""
        label = policy_label(policy["kind"], policy["metadata"]["name"])
        labels = {MANAGED_BY: MANAGER, POLICY_LABEL: label}
        marks = {POLICY_UID: policy["metadata"]["uid"], **metadata.pop("annotations", {})}
        return self.secret(
            name, namespace=namespace, metadata={"labels": labels, "annotations": marks, **metadata}
        )

    def attach(
        self, *names: str, account: str = "default", namespace: str = "web", ours: str = "harbor"
    ) -> None:
        """Let a ServiceAccount list these names, of which `ours` were put there by us."""
        obj = self.account(account, *names, namespace=namespace)
        obj["metadata"]["annotations"] = {ATTACHED: ours}
        self.store.update(SERVICE_ACCOUNT, obj)
