"""Waiting for what a real cluster does, and its registries as values."""

import asyncio
import os
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import POD, Object
from pullsecret.kube.client import ClusterClient

PATIENCE = 150.0
"""Seconds that a Pod may take to get where it should: pulls fail with back-off, and machines are slow."""


WEBHOOK_HOST = os.environ.get("E2E_WEBHOOK_HOST", "127.0.0.1")
"""The address of this machine at which the API server reaches it."""


@dataclass(frozen=True)
class Registry:
    """One private registry and somebody who may pull from it."""

    host: str
    username: str
    password: str
    ca_file: str = ""

    @property
    def how(self) -> list[str]:
        return ["--registry-ca", self.ca_file] if self.ca_file else []

    @property
    def image(self) -> str:
        return f"{self.host}/lnmp/nginx:v2"


def registry_of(real: dict[str, str], name: str) -> Registry:
    user, password, ca = real["E2E_REGISTRY_USER"], real["E2E_REGISTRY_PASSWORD"], real["E2E_CA_FILE"]
    return {
        "plain": Registry(real["E2E_REGISTRY"], user, password),
        "tls": Registry(real["E2E_TLS_REGISTRY"], user, password, ca),
        "token": Registry(real["E2E_TOKEN_REGISTRY"], "robot$lnmp+ci", "robot-secret", ca),
    }[name]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


async def until(
    cluster: ClusterClient,
    kind: Any,
    namespace: str,
    wanted: Callable[[Object], bool],
    *,
    patience: float = PATIENCE,
) -> Object:
    """Wait for an object that is as wanted, by a watch."""
    last: list[Object] = []

    async def look() -> Object:
        listing = await cluster.listing(kind, namespace=namespace)
        last[:] = listing.items
        for obj in listing.items:
            if wanted(obj):
                return obj
        version = listing.resource_version
        async with aclosing(cluster.watch(kind, namespace=namespace, resource_version=version)) as events:
            async for event, obj in events:
                if event == "BOOKMARK":  # an object without a name
                    continue
                last.append(obj)
                if event in ("ADDED", "MODIFIED") and wanted(obj):
                    return obj
        raise AssertionError("the watch ended")

    try:
        return await asyncio.wait_for(look(), patience)
    except TimeoutError:
        states = [(o["metadata"]["name"], o.get("status", {}).get("containerStatuses")) for o in last[-3:]]
        raise AssertionError(f"not seen in {patience} s; last: {states}") from None


def waiting(*reasons: str) -> Callable[[Object], bool]:
    """Tell a Pod whose container waits for one of these reasons."""

    def check(pod: Object) -> bool:
        statuses = pod.get("status", {}).get("containerStatuses") or []
        return any(s.get("state", {}).get("waiting", {}).get("reason") in reasons for s in statuses)

    return check


def runs(pod: Object) -> bool:
    """Tell a Pod whose containers run."""
    statuses = pod.get("status", {}).get("containerStatuses") or []
    return bool(statuses) and all("running" in s.get("state", {}) for s in statuses)


FAILED_PULL = waiting("ErrImagePull", "ImagePullBackOff")


def deployment(name: str, image: str, **spec: Any) -> Object:
    """Make a Deployment of one Pod; Always, since an image that the node has runs without any credential."""
    labels = {"app": name}
    pod = {
        "containers": [{"name": "app", "image": image, "imagePullPolicy": "Always"}],
        "terminationGracePeriodSeconds": 0,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {**pod, **spec}},
        },
    }


async def pod_of(cluster: ClusterClient, namespace: str, wanted: Callable[[Object], bool]) -> Object:
    return await until(cluster, POD, namespace, wanted)


async def is_there(cluster: ClusterClient, kind: Any, name: str, namespace: str) -> bool:
    try:
        await cluster.get(kind, name, namespace=namespace)
    except NotFound:
        return False
    return True
