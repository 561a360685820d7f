"""The operator's controller beside a test: what it sees is limited to the test's own policies."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

from pullsecret.app.ports import Cluster, Followed, PatchType, Watcher
from pullsecret.core.calls import Call
from pullsecret.core.causes import Cause
from pullsecret.core.credentials import Credential
from pullsecret.core.errors import NotFound, RegistryFailure
from pullsecret.core.images import ImageReference
from pullsecret.core.manifests import DOCKER_MANIFEST, Manifest
from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT, Kind, Object, annotations_of
from pullsecret.core.policy.model import Verify
from pullsecret.core.policy.names import ATTACHED, CLUSTER_PULL_SECRET, POLICY_UID, PULL_SECRET
from pullsecret.core.pullsecrets import Secret, secret_manifest
from pullsecret.core.verdicts import LoginResult
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.config import load
from pullsecret.operator.bounds import Bounds
from pullsecret.operator.controller import Controller
from pullsecret.operator.election import Leadership
from pullsecret.operator.events import EventRecorder
from pullsecret.operator.metrics import Metrics
from pullsecret.operator.scope import Scope
from pullsecret.operator.telling import Telling
from support.clusters import login, names_in
from support.realcluster import until

HOST = "registry.example.com"
IMAGE = f"{HOST}/app:1"
PASSWORD = "s3cret-word"
SOON = 20.0
"""Seconds in which the operator has done what it should; a slow machine is given them too."""


@dataclass
class FakeRegistries:
    """Registries that accept some passwords, and remember whom they were asked by.

    Attributes:
        good: the passwords that work.
        down: whether no registry answers.
        asked: host, user name and password of each try.
    """

    good: set[str] = field(default_factory=lambda: {PASSWORD})
    down: bool = False
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def open(self, _verify: Verify) -> AbstractAsyncContextManager["FakeRegistries"]:
        return nullcontext(self)

    async def login(self, host: str, credential: Credential) -> LoginResult:
        self._try(host, credential)
        return LoginResult(host, proven=True, scheme="basic")

    async def manifest(
        self, image: ImageReference, credential: Credential, *, platforms: bool = False
    ) -> Manifest:
        self._try(image.registry, credential)
        return Manifest(str(image), "sha256:" + "d" * 64, DOCKER_MANIFEST)

    async def has_repository(self, image: ImageReference, credential: Credential) -> bool | None:
        return None

    def _try(self, host: str, credential: Credential) -> None:
        password = credential.password.reveal()
        self.asked.append((host, credential.username, password))
        if self.down:
            raise RegistryFailure("down", cause=Cause.CONNECTION_REFUSED, host=host)
        if password not in self.good:
            raise RegistryFailure(f"says: {password}", cause=Cause.CREDENTIAL_REJECTED, host=host, status=401)


class OwnPolicies:
    """Follows a cluster that others use too, but of policies only those with a test's label."""

    def __init__(self, client: ClusterClient, run: str) -> None:
        self._client, self._run = client, run

    def follow(
        self, kind: Kind, *, namespace: str = "", label_selector: str = "", field_selector: str = "",
        metadata_only: bool = False,
    ) -> Followed:  # fmt: skip
        if kind in (CLUSTER_PULL_SECRET, PULL_SECRET):
            label_selector = f"run={self._run}"
        return self._client.follow(
            kind,
            namespace=namespace,
            label_selector=label_selector,
            field_selector=field_selector,
            metadata_only=metadata_only,
        )


@dataclass
class Replica:
    """A controller under way.

    Attributes:
        calls: every request that it sent; watches and lists too.
        lead: its work as the leader.
    """

    controller: Controller
    metrics: Metrics
    recorder: EventRecorder
    leadership: Leadership
    calls: list[Call]
    lead: asyncio.Task[None]

    @property
    def sent(self) -> list[str]:
        """What it sent to change something, but for events."""
        return [f"{c.method} {_place(c.address)} {c.status}" for c in self.writes]

    @property
    def writes(self) -> list[Call]:
        """What it sent to change something, but for events."""
        return [c for c in self.calls if c.method != "GET" and "/events" not in c.address]

    async def still(self, seconds: float = 0.5) -> None:
        """Wait until nothing was answered for so long: what was under way has come back."""
        seen = -1
        while seen != len(self.calls):
            seen = len(self.calls)
            await asyncio.sleep(seconds)


@dataclass
class Stage:
    """A cluster with namespaces, sources and policies of one test.

    Attributes:
        run: the label of its policies.
        platform: the namespace of its sources.
    """

    cluster: ClusterClient
    kubeconfig: str
    platform: str
    new_namespace: Callable[[], Awaitable[str]]
    run: str = field(default_factory=lambda: f"r{secrets.token_hex(4)}")
    registries: FakeRegistries = field(default_factory=FakeRegistries)
    made: list[tuple[Kind, str, str]] = field(default_factory=list)

    @asynccontextmanager
    async def operator(
        self, *, bounds: Bounds | None = None, open_: Any = None, kubeconfig: str = "",
        scope: Scope | None = None, leadership: Leadership | None = None,
        watcher: Callable[[Watcher], Watcher] | None = None, leads: asyncio.Event | None = None,
    ) -> AsyncIterator[Replica]:  # fmt: skip
        """Run a controller that leads; with `leads`, from then on.

        With `watcher` it follows what that makes of the real one.
        """
        calls: list[Call] = []
        config = load({"KUBECONFIG": kubeconfig or self.kubeconfig})
        async with ClusterClient(config, observe=calls.append) as client:
            metrics, recorder = Metrics(), EventRecorder(client, instance=self.run)
            follower = (watcher or _as_it_is)(OwnPolicies(client, self.run))
            controller = Controller(
                client.impatient(), follower, bounds=bounds or Bounds(frozenset({self.platform})),
                open_=open_ or self.registries.open, telling=Telling(recorder, metrics), metrics=metrics,
                scope=scope,
            )  # fmt: skip
            leadership = leadership or Leadership.always()
            telling = asyncio.create_task(recorder.run())
            try:
                await asyncio.wait_for(controller.follow(), SOON)
                lead = asyncio.create_task(_lead(controller, leadership, leads))
                replica = Replica(controller, metrics, recorder, leadership, calls, lead)
                try:
                    yield replica
                finally:
                    await _end(replica.lead)
            finally:
                await _end(telling)
                await controller.close()

    # what people do

    async def source(
        self, name: str = "login", *, password: str = PASSWORD, host: str = HOST, username: str = "robot"
    ) -> Object:
        """Make or rotate a source."""
        manifest = secret_manifest(name, login(host, username=username, password=password))
        try:
            await self.cluster.get(SECRET, name, namespace=self.platform)
        except NotFound:
            return await self.cluster.create(SECRET, manifest, namespace=self.platform)
        return await self.patch(SECRET, name, {"data": manifest["data"]}, self.platform)

    async def cluster_policy(self, *namespaces: str, name: str = "", **spec: Any) -> str:
        """Make a `ClusterPullSecret` for some namespaces; give its name, which is its copies' too."""
        ref = {"namespace": self.platform, "name": "login"}
        whole = {
            "credentials": [{"type": "DockerConfig", "secretRef": ref}],
            "namespaces": {"include": list(namespaces)},
            **spec,
        }
        return await self._make(CLUSTER_PULL_SECRET, name or f"{self.run}-{len(self.made)}", "", whole)

    async def own_policy(self, namespace: str, *, name: str = "", **spec: Any) -> str:
        """Make a `PullSecret`, whose source is `login` in its namespace."""
        whole = {"credentials": [{"type": "DockerConfig", "secretRef": {"name": "login"}}], **spec}
        return await self._make(PULL_SECRET, name or f"{self.run}-{len(self.made)}", namespace, whole)

    async def _make(self, kind: Kind, name: str, namespace: str, spec: Mapping[str, Any]) -> str:
        obj = {
            "apiVersion": kind.api_version,
            "kind": kind.kind,
            "metadata": {"name": name, "labels": {"run": self.run}},
            "spec": spec,
        }
        await self.cluster.create(kind, obj, namespace=namespace)
        self.made.append((kind, namespace, name))
        return name

    async def older(self) -> None:
        """Let what was made so far be older than what is made from now on: times are in whole seconds."""
        await asyncio.sleep(1.1)

    async def patch(self, kind: Kind, name: str, patch: Object, namespace: str = "") -> Object:
        return await self.cluster.patch(kind, name, patch, patch_type=PatchType.MERGE, namespace=namespace)

    async def delete(self, kind: Kind, name: str, namespace: str = "") -> None:
        await self.cluster.delete(kind, name, namespace=namespace)

    # what they see then

    async def copy(self, namespace: str, name: str, *, password: str = PASSWORD, uid: str = "") -> Object:
        """Wait for the copy of a policy that holds a password."""

        def right(secret: Object) -> bool:
            return (
                secret["metadata"]["name"] == name
                and password_of(secret) == password
                and POLICY_UID in annotations_of(secret)
                and uid in ("", annotations_of(secret)[POLICY_UID])
            )

        return await until(self.cluster, SECRET, namespace, right, patience=SOON)

    async def attached(self, namespace: str, name: str, account: str = "default") -> Object:
        """Wait until a ServiceAccount lists a Secret."""

        def lists(obj: Object) -> bool:
            return obj["metadata"]["name"] == account and name in names_in(obj)

        return await until(self.cluster, SERVICE_ACCOUNT, namespace, lists, patience=SOON)

    async def detached(self, namespace: str, name: str, account: str = "default") -> Object:
        """Wait until a ServiceAccount does not list a Secret, nor note that we put it there."""

        def lacks(obj: Object) -> bool:
            noted = annotations_of(obj).get(ATTACHED, "").split(",")
            return obj["metadata"]["name"] == account and name not in [*names_in(obj), *noted]

        return await until(self.cluster, SERVICE_ACCOUNT, namespace, lacks, patience=SOON)

    async def status(
        self, name: str, wanted: Callable[[Object], bool], *, namespace: str = "", patience: float = SOON
    ) -> Object:
        """Wait for a policy's status."""

        def right(obj: Object) -> bool:
            status = obj.get("status") or {}
            current = status.get("observedGeneration") == obj["metadata"]["generation"]
            return obj["metadata"]["name"] == name and current and wanted(status)

        kind = PULL_SECRET if namespace else CLUSTER_PULL_SECRET
        found = await until(self.cluster, kind, namespace, right, patience=patience)
        status: Object = found["status"]
        return status

    async def ready(self, name: str, reason: str = "Synced", *, namespace: str = "") -> Object:
        """Wait until the condition `Ready` has this reason."""
        return await self.status(name, because(reason), namespace=namespace)

    async def end(self) -> None:
        """Take away the policies, also those that nobody lets go."""
        for kind, namespace, name in self.made:
            try:
                await self.patch(kind, name, {"metadata": {"finalizers": None}}, namespace)
                await self.delete(kind, name, namespace)
            except NotFound:
                continue


def _place(address: str) -> str:
    """Give what an address is about: ``NAMESPACE/RESOURCE/NAME``, or ``RESOURCE/NAME``."""
    return (address.partition("/namespaces/")[2] or address.partition("/v1alpha1/")[2]) or address


def _as_it_is(watcher: Watcher) -> Watcher:
    return watcher


async def _lead(controller: Controller, leadership: Leadership, leads: asyncio.Event | None) -> None:
    if leads is not None:
        await leads.wait()
    await controller.lead(leadership)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def because(reason: str, kind: str = "Ready") -> Callable[[Object], bool]:
    """Tell a status with this reason."""
    return lambda status: condition(status, kind).get("reason") == reason


def condition(status: Object, kind: str = "Ready") -> Object:
    """Give a condition; empty when there is none."""
    return next((c for c in status.get("conditions") or [] if c["type"] == kind), {})


def password_of(secret: Object, host: str = HOST) -> str:
    """Give the password that a pull Secret holds for a host; empty when it holds none."""
    try:
        entry = Secret.from_manifest(secret).config.entries.get(host)
    except ValueError:
        return ""
    return entry.password.reveal() if entry else ""


async def stays(cluster: Cluster, kind: Kind, obj: Object, seconds: float = 1.0) -> None:
    """See that nobody writes an object for a while."""
    meta = obj["metadata"]
    await asyncio.sleep(seconds)
    now = await cluster.get(kind, meta["name"], namespace=meta.get("namespace", ""))
    assert now["metadata"]["resourceVersion"] == meta["resourceVersion"], now
