"""A cluster with policies, their sources and copies, without sockets; and what an operator does there."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

from pullsecret.app.rotate import Rotation, one_login, plan, write
from pullsecret.app.rotatesites import Sought, look
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import PullSecretError
from pullsecret.core.objects import NAMESPACE, SECRET, Kind, Object, name_of, namespace_of
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, POLICY_LABEL, POLICY_UID, PULL_SECRET
from pullsecret.core.policy.reading import policy_of
from pullsecret.core.policy.schema import custom_resource_definitions
from pullsecret.core.policy.sources import content_of
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.rotation import Login, Mode
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.watching import Batch, Change, ChangeType, Snapshot
from pullsecret.sandbox.definitions import Definitions
from pullsecret.sandbox.kinds import CUSTOM_RESOURCE_DEFINITION
from support.clusters import TestCluster

HOST = "harbor.example.com"
NEW = Login("robot", Sensitive("new-word"))
BASIC = {"type": "Basic", "registry": HOST, "secretRef": {"namespace": "platform", "name": "robot"}}


class Following:
    """The Secrets of one name, followed in a store; `failure` is what a test says it is."""

    def __init__(self, cluster: "RotationCluster", namespace: str, name: str) -> None:
        self._cluster, self._namespace, self._name = cluster, namespace, name
        self._changes: asyncio.Queue[Change] = asyncio.Queue()
        self._end = cluster.store.subscribe(self._note)
        self.last_seen = self.age = 0.0
        self.failure: PullSecretError | None = cluster.watch_failure
        self.closed = False
        cluster.followed.append(self)
        cluster.is_followed.set()

    def _note(self, event: str, kind: Kind, obj: Object) -> None:
        if kind == SECRET and self._is_wanted(obj):
            self._changes.put_nowait(Change(ChangeType(event), obj))

    def _is_wanted(self, obj: Object) -> bool:
        return name_of(obj) == self._name and self._namespace in ("", namespace_of(obj))

    async def __aiter__(self) -> AsyncIterator[Batch]:
        yield Snapshot([obj for obj in self._cluster.store.list(SECRET) if self._is_wanted(obj)])
        while True:
            yield await self._changes.get()

    async def aclose(self) -> None:
        self._end()
        self.closed = True


class RotationCluster(TestCluster):
    """A cluster that knows policies, can be followed, and whose operator is told when to work."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__()
        self.followed: list[Following] = []
        self.is_followed = asyncio.Event()
        self.watch_failure: PullSecretError | None = None
        Definitions(self.store)
        for definition in custom_resource_definitions():
            self.store.create(CUSTOM_RESOURCE_DEFINITION, definition)

    def follow(self, kind: Kind, *, namespace: str = "", field_selector: str = "", **_: Any) -> Following:
        assert kind == SECRET
        return Following(self, namespace, field_selector.removeprefix("metadata.name="))

    def policy(self, name: str = "harbor", *, namespace: str = "", **spec: Any) -> Object:
        """Make a policy; `spec` overrides one that copies `platform/login` to all namespaces but its own."""
        ref = {"name": "login"} if namespace else {"namespace": "platform", "name": "login"}
        where = {} if namespace else {"namespaces": {"include": ["*"], "exclude": ["platform"]}}
        kind = PULL_SECRET if namespace else CLUSTER_PULL_SECRET
        body = {"credentials": [{"type": "DockerConfig", "secretRef": ref}], **where, **spec}
        metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
        obj = {
            "apiVersion": kind.api_version,
            "kind": kind.kind,
            "metadata": metadata,
            "spec": {k: v for k, v in body.items() if v is not None},
        }
        return self.store.create(kind, obj, namespace)

    def basic(self, name: str = "robot", *, namespace: str = "platform", **extra: Any) -> Object:
        """Make a Secret with a user name and a password for harbor.example.com."""
        texts = {"username": "robot", "password": "s3cret-word", **extra.pop("texts", {})}
        data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        metadata = {"name": name, "annotations": {"pullsecret.dev/registry": "harbor.example.com"}}
        obj = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/basic-auth",
               "data": data, **extra}  # fmt: skip
        return self.store.create(SECRET, obj, namespace)

    def operate(self, policy: Object) -> None:
        """Do what an operator does: make all copies as the policy says, but those that opted out."""
        read = policy_of(policy)
        sources = {
            source.ref: self.store.get(SECRET, source.ref.name, source.ref.namespace)
            for source in read.sources
        }
        for namespace in self.store.list(NAMESPACE):
            name = name_of(namespace)
            if read.namespaces.chooses(name, namespace["metadata"].get("labels", {})):
                self.copy(read.uid, read.label, read.secret_name, name, content_of(read, sources).config)

    def copy(
        self, uid: str, label: str, name: str, namespace: str, config: DockerConfig, **extra: Any
    ) -> Object:
        """Make or change one copy."""
        found = {namespace_of(obj): obj for obj in self.store.list(SECRET) if name_of(obj) == name}
        if namespace in found:
            made = found[namespace]
            made["data"] = {".dockerconfigjson": base64.b64encode(config.to_secret_bytes()).decode()}
            return self.store.update(SECRET, made)
        metadata = {"labels": {POLICY_LABEL: label}, "annotations": {POLICY_UID: uid}}
        return self.secret(name, config, namespace=namespace, metadata=metadata, **extra)

    def words(self, name: str, namespace: str) -> dict[str, str]:
        """Give the passwords in a pull Secret, by key."""
        config = Secret.from_manifest(self.store.get(SECRET, name, namespace)).config
        return {key: entry.password.reveal() for key, entry in config.entries.items()}


async def rotate(
    cluster: RotationCluster, *namespaces: str, login: Login = NEW, mode: Mode = Mode.ROTATE,
    registry: str = "", username: str | None = None, dry_run: str = "",
) -> Rotation:  # fmt: skip
    """Do all that rotating `harbor` does, but for asking the registry and waiting."""
    sought = Sought(registry, username)
    sites = await look(cluster, "harbor", namespaces or ["web"], sought)
    one_login(sites, sought)
    rotation = Rotation()
    await write(cluster, plan(sites, login, mode), login, mode, sought, rotation, dry_run=dry_run)
    return rotation


def changes(rotation: Rotation) -> list[tuple[str, str, str]]:
    """Give what it changed: resource, namespace, action."""
    return [(c.resource, c.namespace, c.action.value) for c in rotation.outcome.changes]
