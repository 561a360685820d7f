"""A sandbox without sockets, and with a time that stands still until a test moves it."""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Self

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import Credential
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.images import ImageReference
from pullsecret.core.manifests import DOCKER_MANIFEST, Manifest
from pullsecret.core.objects import EVENT, NAMESPACE, NODE, POD, SECRET, Kind, Object
from pullsecret.sandbox.controllers import ControllerManager
from pullsecret.sandbox.kubelet import Kubelet
from pullsecret.sandbox.node import NODE_NAME, node_object
from pullsecret.sandbox.pace import Pace
from pullsecret.sandbox.pulls import ImageManager
from pullsecret.sandbox.recorder import Recorder
from pullsecret.sandbox.store import Store
from pullsecret.sandbox.upkeep import Upkeep

DIGEST = "sha256:" + "d" * 64
REGISTRY = "127.0.0.1:5000"
IMAGE = f"{REGISTRY}/lnmp/nginx:v2"
START = datetime(2026, 1, 31, 8, 0, 0, tzinfo=UTC)


class StillTime:
    """Time that passes only in `advance`, and stops at each moment that somebody sleeps until."""

    def __init__(self) -> None:
        self.at = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    @property
    def pace(self) -> Pace:
        """Give it to a sandbox."""
        return Pace(lambda: START + timedelta(seconds=self.at), lambda: self.at, self.sleep)

    async def sleep(self, seconds: float) -> None:
        """Sleep until the test has moved time far enough."""
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.at + seconds, future))
        await future

    async def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        target = self.at + seconds
        await settle()
        while due := sorted((at, index) for index, (at, _) in enumerate(self._sleepers) if at <= target):
            at, future = self._sleepers.pop(due[0][1])
            self.at = max(self.at, at)
            if not future.done():
                future.set_result(None)
            await settle()
        self.at = target


async def settle() -> None:
    """Let every task do what it can do now."""
    for _ in range(50):
        await asyncio.sleep(0)


@dataclass
class FakePuller:
    """A registry as the kubelet sees it: one password opens everything.

    Attributes:
        password: what it accepts; empty when it lets everybody in.
        failure: what it fails with whoever asks.
        manifest_of: what it gives.
        asked: the user names it was asked with, in order.
    """

    password: str = "good"
    failure: RegistryFailure | None = None
    found: Manifest = field(default_factory=lambda: Manifest("", DIGEST, DOCKER_MANIFEST))
    asked: list[str] = field(default_factory=list)

    async def manifest(self, image: ImageReference, credential: Credential) -> Manifest:
        self.asked.append(credential.username)
        await asyncio.sleep(0)
        if self.failure:
            raise self.failure
        if self.password and credential.password.reveal() != self.password:
            raise failure(401, Cause.CREDENTIAL_REJECTED, scheme="basic")
        return self.found


def failure(status: int, cause: Cause = Cause.UNKNOWN, *, scheme: str = "") -> RegistryFailure:
    return RegistryFailure("refused", cause=cause, host=REGISTRY, status=status, scheme=scheme)


def new_store(time: StillTime) -> Store:
    """Make a store with the namespace `shop`."""
    numbers = count(1)
    store = Store(clock=time.pace.now, new_uid=lambda: f"00000000-0000-0000-0000-{next(numbers):012}")
    Upkeep(store)
    store.create(NAMESPACE, {"metadata": {"name": "shop"}})
    return store


@dataclass
class Node:
    """A store with a kubelet.

    Attributes:
        time: its time.
        puller: what its images come from.
        controlled: whether the controllers run; else Pods are bound by hand, in `pod`.
    """

    time: StillTime = field(default_factory=StillTime)
    puller: FakePuller = field(default_factory=FakePuller)
    controlled: bool = False

    async def __aenter__(self) -> Self:
        self.store = new_store(self.time)
        recorder = Recorder(self.store, self.time.pace, "kubelet", NODE_NAME)
        images = ImageManager(self.store, self.time.pace, recorder, lambda: nullcontext(self.puller))
        self.kubelet = Kubelet(self.store, self.time.pace, images, recorder, NODE_NAME)
        self.kubelet.start()
        self.controllers = ControllerManager(self.store, self.time.pace)
        if self.controlled:
            self.store.create(NODE, node_object("2026-01-31T08:00:00Z"))
            self.controllers.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.controllers.close()
        await self.kubelet.close()

    def workload(self, kind: Kind, name: str = "web", **spec: Any) -> Object:
        """Make a workload of Pods with one container; `secrets` and `image` are its template's."""
        labels = {"app": name}
        template: dict[str, Any] = {
            "containers": [{"name": "app", "image": spec.pop("image", IMAGE), "imagePullPolicy": "Always"}],
            "imagePullSecrets": [{"name": one} for one in spec.pop("secrets", ())],
        }
        body = {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": template},
        }
        return self.store.create(kind, {"metadata": {"name": name}, "spec": body | spec}, "shop")

    def change(self, kind: Kind, change: Callable[[Object], object], name: str = "web") -> Object:
        """Change an object as somebody at the API does."""
        obj = self.store.get(kind, name, "shop")
        change(obj)
        return self.store.update(kind, obj)

    def pods(self) -> list[Object]:
        """Give the Pods that are there, by name."""
        return self.store.list(POD, "shop")

    def pod(self, *secrets: str, name: str = "web", image: str = IMAGE, **spec: Any) -> Object:
        """Make a bound Pod with one container."""
        container = {"name": "app", "image": image, "imagePullPolicy": spec.pop("policy", "Always")}
        body = {
            "nodeName": NODE_NAME,
            "containers": [container],
            "imagePullSecrets": [{"name": one} for one in secrets],
        }
        return self.store.create(POD, {"metadata": {"name": name}, "spec": body | spec}, "shop")

    def secret(self, name: str, auths: Any, kind: str = "kubernetes.io/dockerconfigjson") -> Object:
        """Make a pull Secret."""
        return self.store.create(SECRET, pull_secret(name, auths, kind), "shop")

    def status(self, name: str = "web") -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.store.get(POD, name, "shop")["status"]
        return found

    def waits(self, name: str = "web", container: int = 0) -> str:
        """Give what a container does: its waiting reason, or `running`."""
        state = self.status(name)["containerStatuses"][container]["state"]
        return str(state.get("waiting", {}).get("reason") or next(iter(state)))


def pull_secret(name: str, auths: Any, kind: str = "kubernetes.io/dockerconfigjson") -> Object:
    data = base64.b64encode(json.dumps({"auths": auths}).encode()).decode()
    return {"metadata": {"name": name}, "type": kind, "data": {".dockerconfigjson": data}}


def auth(username: str = "robot", password: str = "good") -> dict[str, str]:
    return {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}


def events_of(store: Store, reason: str = "") -> list[tuple[str, str, int]]:
    """Give the Events as reason, message and count, in the order of their first telling."""
    found = sorted(store.list(EVENT), key=lambda event: int(event["metadata"]["resourceVersion"]))
    named = sorted(found, key=lambda event: event["metadata"]["name"].rpartition(".")[2])
    return [(e["reason"], e["message"], e.get("count", 1)) for e in named if reason in {"", e["reason"]}]


def controlled(password: str = "") -> Node:
    """Make a node with controllers, whose registry wants this password; none lets everybody in."""
    return Node(puller=FakePuller(password=password), controlled=True)


def set_image(image: str) -> Callable[[Object], object]:
    """Give a change of a workload's image."""
    return lambda obj: obj["spec"]["template"]["spec"]["containers"][0].update(image=image)
