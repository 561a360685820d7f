"""What contract tests share: refusals as values, raw requests, kubectl, and small manifests."""

import asyncio
import os
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from pullsecret.core.errors import ApiError
from pullsecret.core.objects import NAMESPACE, POD, SERVICE_ACCOUNT, Kind, Object
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.config import load
from pullsecret.kube.paths import collection_path, object_path
from pullsecret.kube.transport import Request, Transport
from support.realcluster import PATIENCE, until

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"

DOCKER_CONFIG = '{"auths":{"registry.example.com":{"auth":"dTpw"}}}'


@dataclass(frozen=True)
class Ran:
    """What a program said."""

    code: int
    out: str
    err: str


class Kubectl:
    """The real kubectl, as somebody who has this kubeconfig and this namespace runs it."""

    def __init__(self, path: str, kubeconfig: str, namespace: str, home: str) -> None:
        self._path, self._namespace = path, namespace
        self._environment = {"KUBECONFIG": kubeconfig, "HOME": home, "PATH": os.environ["PATH"]}

    async def __call__(self, *words: str, stdin: str = "", code: int = 0) -> Ran:
        process = await asyncio.create_subprocess_exec(
            self._path,
            *("-n", self._namespace, *words),
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(stdin.encode()), 30)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        ran = Ran(process.returncode or 0, out.decode(), err.decode())
        assert ran.code == code, (words, ran)
        return ran


class Raw:
    """Requests that our own client does not make."""

    def __init__(self, client: ClusterClient) -> None:
        self._transport: Transport = client._transport

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        accept: str = "application/json",
        content_type: str = "application/json",
    ) -> Object:
        request = Request(
            method,
            path,
            query=tuple((query or {}).items()),
            body=body,
            accept=accept,
            content_type=content_type,
        )
        return await self._transport.send(request)


async def make_namespace(cluster: ClusterClient, name: str) -> None:
    """Make a namespace in which Pods can be made: with its `default` ServiceAccount."""
    version = await Raw(cluster)("GET", "/version")
    # Until 1.24 Pods were refused until their account had its token, which comes a moment later.
    has_tokens = int(version["minor"].rstrip("+")) < 24

    def usable(account: Object) -> bool:
        return account["metadata"]["name"] == "default" and ("secrets" in account or not has_tokens)

    await cluster.create(NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    await until(cluster, SERVICE_ACCOUNT, name, usable)
    async with asyncio.timeout(PATIENCE):
        while has_tokens and not await _admits(cluster, name):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def _admits(cluster: ClusterClient, namespace: str) -> bool:
    """Tell whether admission sees the token by now: it reads a cache, which nobody can watch."""
    try:
        await cluster.create(POD, pod("probe"), namespace=namespace, dry_run=True)
    except ApiError as error:
        if "No API token found" in error.message:
            return False
        raise
    return True


async def refusal(asked: Awaitable[Any]) -> ApiError:
    """Give what the server refused a request with."""
    with pytest.raises(ApiError) as caught:
        await asked
    return caught.value


async def gone(
    cluster: ClusterClient, kind: Kind, name: str, namespace: str = "", *, patience: float = 40
) -> None:
    """Wait until an object is gone: what controllers delete goes a moment later in a real cluster."""

    async def look() -> None:
        selector = f"metadata.name={name}"
        listing = await cluster.listing(kind, namespace=namespace, field_selector=selector)
        if not listing.items:
            return
        version = listing.resource_version
        watch = cluster.watch(kind, namespace=namespace, field_selector=selector, resource_version=version)
        async for event, _ in watch:
            if event == "DELETED":
                return

    await asyncio.wait_for(look(), patience)


def client_of(kubeconfig: str) -> ClusterClient:
    return ClusterClient(load({"KUBECONFIG": kubeconfig}))


def secret(name: str, **parts: Any) -> Object:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, **parts}


def pull_secret(name: str, config: str = DOCKER_CONFIG) -> Object:
    return secret(name, type="kubernetes.io/dockerconfigjson", stringData={".dockerconfigjson": config})


def pod(name: str, image: str = "registry.example.com/app:1", **spec: Any) -> Object:
    """Make a Pod that no node takes, so that what happens to it is the API server's doing alone."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "app", "image": image}], "nodeSelector": {"no": "node"}, **spec},
    }


def names(objs: Sequence[Object]) -> list[str]:
    return [obj["metadata"]["name"] for obj in objs]


def path(kind: Kind, namespace: str, name: str = "") -> str:
    return object_path(kind, name, namespace) if name else collection_path(kind, namespace)
