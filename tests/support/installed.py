"""The operator installed as `pullsecret install` does it, but for its Pods: account, rights, webhook."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from pullsecret.core.errors import NotFound
from pullsecret.core.installation import Installation, manifests
from pullsecret.core.installation.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    ROLE,
    ROLE_BINDING,
    installed_kind,
)
from pullsecret.core.objects import (
    MUTATING_WEBHOOK_CONFIGURATION,
    SERVICE_ACCOUNT,
    Object,
    name_of,
    namespace_of,
)
from pullsecret.kube.client import ClusterClient
from support.contract import Raw, path
from support.realcluster import WEBHOOK_HOST

KEPT = (
    SERVICE_ACCOUNT,
    ROLE,
    ROLE_BINDING,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    MUTATING_WEBHOOK_CONFIGURATION,
)
MARK = "pullsecret-test"
"""Label of the namespaces that a test's webhook is asked about: others may use the cluster too."""


class Installed:
    """One installation, without its Deployment."""

    def __init__(self, cluster: ClusterClient, wanted: Installation, url: str = "") -> None:
        self._cluster, self.wanted, self._url = cluster, wanted, url
        objects = manifests(wanted)
        self._objects = [self._fitted(obj) for obj in objects if installed_kind(obj) in KEPT]
        (deployment,) = [obj for obj in objects if obj["kind"] == "Deployment"]
        self._args = deployment["spec"]["template"]["spec"]["containers"][0]["args"]

    def arguments(self, port: int = 0) -> Sequence[str]:
        """Give the words of the Deployment's container after `operator`, but for ports of its own.

        Args:
            port: that the webhook listens at; 0 for that of the address which the API server calls.
        """
        own = ("--http-port", "--webhook-port", "--webhook-service")
        kept = [word for word in self._args[1:] if not word.startswith((*own, "--log-"))]
        if not self.wanted.with_webhook:
            return kept
        where = (f"--webhook-port={port or urlsplit(self._url).port}", f"--bind-address={WEBHOOK_HOST}")
        return [*kept, f"--webhook-url={self._url}", *where]

    def _fitted(self, obj: Object) -> Object:
        """Let the webhook be asked at an address, and about the namespaces of one test."""
        if obj["kind"] != MUTATING_WEBHOOK_CONFIGURATION.kind:
            return obj
        (hook,) = obj["webhooks"]
        chosen = {**hook["namespaceSelector"], "matchLabels": {MARK: self.wanted.name}}
        return {
            **obj,
            "webhooks": [{**hook, "clientConfig": {"url": self._url}, "namespaceSelector": chosen}],
        }

    async def create(self) -> None:
        """Make all of it."""
        for obj in self._objects:
            await self._cluster.create(installed_kind(obj), obj, namespace=namespace_of(obj))

    async def remove(self) -> None:
        """Take all of it away."""
        for obj in reversed(self._objects):
            with suppress(NotFound):
                await self._cluster.delete(installed_kind(obj), name_of(obj), namespace=namespace_of(obj))

    async def kubeconfig(self, admin: str, folder: Path) -> str:
        """Write a kubeconfig for the operator's ServiceAccount, with a token as its Pod would get."""
        asked = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": 3600},
        }
        where = path(SERVICE_ACCOUNT, self.wanted.namespace, self.wanted.name)
        answer = await Raw(self._cluster)("POST", f"{where}/token", asked)
        return _written(Path(admin), answer["status"]["token"], folder / "operator.kubeconfig")


def _written(admin: Path, token: str, target: Path) -> str:
    read: dict[str, Any] = yaml.safe_load(admin.read_text())
    read["users"] = [{"name": user["name"], "user": {"token": token}} for user in read["users"]]
    target.write_text(yaml.safe_dump(read))
    return str(target)


async def sweep_installed(cluster: ClusterClient, *, prefix: str) -> None:
    """Take away what runs that were broken off left in the cluster's own scope."""
    for kind in (MUTATING_WEBHOOK_CONFIGURATION, CLUSTER_ROLE_BINDING, CLUSTER_ROLE):
        for obj in await cluster.list(kind):
            if name_of(obj).startswith(prefix):
                with suppress(NotFound):
                    await cluster.delete(kind, name_of(obj))
