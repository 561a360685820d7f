"""Clusters in which images are pulled: the whole sandbox, or the real one with its registries."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp.abc import AbstractResolver

from pullsecret.core.objects import EVENT, POD, SECRET, Kind, Object
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.client import ClusterClient
from pullsecret.registry.client import RegistryClient
from pullsecret.sandbox.accounts import Scheme, User
from pullsecret.sandbox.registry_server import RegistrySpec
from pullsecret.sandbox.world import Sandbox
from support.realcluster import PATIENCE, Registry, registry_of, until

SPEED = 50
UNKNOWN, NOT_FOUND = "rpc error: code = Unknown desc = ", "rpc error: code = NotFound desc = "
CI = User("robot$lnmp+ci", Sensitive("robot-secret"), pull=("lnmp/*",))
ADMIN = User("admin", Sensitive("admin-password"))
SPECS = (
    RegistrySpec("plain", users=(ADMIN,)),
    RegistrySpec(
        "token", Scheme.BEARER, (ADMIN, CI, User("", pull=("public/*",))), tls=True, token_port=True
    ),
)


@dataclass(frozen=True)
class PullWorld:
    """A cluster with a node.

    Attributes:
        kubeconfig: the way to it.
        plain: a registry with plain HTTP and Basic.
        token: a registry with TLS and Bearer tokens with rights per repository.
    """

    kubeconfig: str
    plain: Registry
    token: Registry


def real_world(kubeconfig: str, environment: dict[str, str]) -> PullWorld:
    return PullWorld(kubeconfig, registry_of(environment, "plain"), registry_of(environment, "token"))


@asynccontextmanager
async def sandbox_world(
    kubeconfig: Path, *, resolver: AbstractResolver | None = None
) -> AsyncIterator[PullWorld]:
    """Run the whole sandbox; its node finds registries by `resolver`."""

    def puller(ca_file: str | None) -> RegistryClient:
        return RegistryClient(ca_file=ca_file, environment={}, resolver=resolver)

    async with Sandbox(puller=puller, speed=SPEED, registries=SPECS) as sandbox:
        sandbox.kubeconfig(kubeconfig)
        hosts = {name: server.host for name, server in sandbox.registries.items()}
        yield PullWorld(
            str(kubeconfig),
            Registry(hosts["plain"], ADMIN.name, ADMIN.password.reveal()),
            Registry(hosts["token"], CI.name, CI.password.reveal(), sandbox.ca_file or ""),
        )


def entry(username: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}


@dataclass
class Bench:
    """One namespace in which Pods are tried."""

    cluster: ClusterClient
    namespace: str

    async def secret(self, name: str, auths: Any, kind: str = "kubernetes.io/dockerconfigjson") -> None:
        config = json.dumps({"auths": auths})
        obj = {
            "apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": {"name": name},
            "stringData": {".dockerconfigjson": config},
        }  # fmt: skip
        await self.cluster.create(SECRET, obj, namespace=self.namespace)

    async def pod(
        self, image: str, *secrets: str, name: str = "web", policy: str = "Always", **spec: Any
    ) -> Object:
        container = {"name": "app", "image": image, "imagePullPolicy": policy}
        body: dict[str, Any] = {"containers": [container], "terminationGracePeriodSeconds": 0}
        if secrets:
            body["imagePullSecrets"] = [{"name": one} for one in secrets]
        obj = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": body | spec}
        return await self.cluster.create(POD, obj, namespace=self.namespace)

    async def runs(self, name: str = "web") -> Object:
        """Wait until a Pod runs."""
        return await until(
            self.cluster, POD, self.namespace,
            lambda pod: pod["metadata"]["name"] == name and pod.get("status", {}).get("phase") == "Running",
        )  # fmt: skip

    async def waits(self, reason: str, words: str, name: str = "web") -> Object:
        """Wait until a container of a Pod waits for this reason, with these words."""

        def told(pod: Object) -> bool:
            status = pod.get("status", {})
            states = [
                one["state"].get("waiting", {})
                for one in status.get("initContainerStatuses", []) + status.get("containerStatuses", [])
            ]
            expected = {"reason": reason, "message": words}
            return pod["metadata"]["name"] == name and expected in states

        return await until(self.cluster, POD, self.namespace, told)

    async def event(self, reason: str, message: str) -> Object:
        """Wait until an Event tells this."""
        return await until(
            self.cluster, EVENT, self.namespace,
            lambda event: (event["reason"], event["message"]) == (reason, message),
        )  # fmt: skip

    async def waits_any(self, wanted: Callable[[Object], bool]) -> Object:
        """Wait until any Pod is as wanted."""
        return await until(self.cluster, POD, self.namespace, wanted)

    async def gone(self, kind: Kind, name: str) -> None:
        """Wait until an object is gone."""
        async with asyncio.timeout(PATIENCE):
            listing = await self.cluster.listing(kind, namespace=self.namespace)
            if name not in [obj["metadata"]["name"] for obj in listing.items]:
                return
            async for event, obj in self.cluster.watch(
                kind, namespace=self.namespace, resource_version=listing.resource_version
            ):
                if event == "DELETED" and obj["metadata"]["name"] == name:
                    return


def refused(image: str, status: str = "401 Unauthorized") -> str:
    """Give a node's words for an image that its registry refused."""
    host, tag = image.partition("/")[0], image.rpartition(":")[2]
    return f"{resolving(image)}pulling from host {host} failed with status code [manifests {tag}]: {status}"


def resolving(image: str, code: str = UNKNOWN) -> str:
    """Give the words with which a node begins to tell why it cannot find an image."""
    return f'{code}failed to pull and unpack image "{image}": failed to resolve reference "{image}": '


def good(world: PullWorld) -> dict[str, Any]:
    """Give the entry that opens the plain registry."""
    return {world.plain.host: entry(world.plain.username, world.plain.password)}
