"""An imitation cluster without sockets, for tests of use cases, and short ways to fill it."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import ApiError, NotFound
from pullsecret.core.objects import NAMESPACE, POD, SECRET, SERVICE_ACCOUNT, Kind, Object
from pullsecret.core.pullsecrets import secret_manifest
from pullsecret.sandbox.api import Api
from pullsecret.sandbox.inprocess import InProcessCluster
from pullsecret.sandbox.store import Store

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class TestCluster(InProcessCluster):
    """An `InProcessCluster` that counts writes and can be told to meddle before a request."""

    __test__ = False

    def __init__(self) -> None:
        ticks, uids = itertools.count(), itertools.count(1)

        def clock() -> datetime:
            return START + timedelta(seconds=next(ticks))

        self.store = Store(clock=clock, new_uid=lambda: f"uid-{next(uids)}")
        super().__init__(Api(self.store, clock=clock))
        self.writes: list[tuple[str, str]] = []
        self.before: dict[str, list[Callable[[], Any]]] = {}

    def meddle(self, verb: str, *actions: Callable[[], Any]) -> None:
        """Run each action once, before the next calls of this verb."""
        self.before.setdefault(verb, []).extend(actions)

    def refuse(self, verb: str, error: ApiError, *, times: int = 1) -> None:
        """Let the next calls of this verb fail so."""

        def fail() -> None:
            raise error

        self.meddle(verb, *[fail] * times)

    def _step(self, verb: str) -> None:
        if self.before.get(verb):
            self.before[verb].pop(0)()

    async def get(self, kind: Kind, name: str, *, namespace: str = "") -> Object:
        self._step("get")
        return await super().get(kind, name, namespace=namespace)

    async def list(self, kind: Kind, **how: Any) -> list[Object]:
        self._step(f"list {kind.plural}")
        return await super().list(kind, **how)

    async def create(self, kind: Kind, obj: Object, **how: Any) -> Object:
        self._step("create")
        self.writes.append(("create", kind.plural))
        return await super().create(kind, obj, **how)

    async def patch(self, kind: Kind, name: str, patch: Any, **how: Any) -> Object:
        self._step("patch")
        self.writes.append(("patch", kind.plural))
        return await super().patch(kind, name, patch, **how)

    async def delete(self, kind: Kind, name: str, **how: Any) -> None:
        self._step("delete")
        self.writes.append(("delete", kind.plural))
        await super().delete(kind, name, **how)

    async def evict(self, name: str, **how: Any) -> None:
        self._step("evict")
        self.writes.append(("evict", name))
        await super().evict(name, **how)

    # short ways to fill it

    def namespace(self, name: str) -> None:
        self.store.create(NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        self.account("default", namespace=name)

    def secret(
        self, name: str, config: DockerConfig | None = None, *, namespace: str = "web", **extra: Any
    ) -> Object:
        """Make a pull Secret; `extra` overrides top-level fields, `metadata` is merged."""
        manifest = secret_manifest(name, config or login("harbor.example.com"), namespace=namespace)
        manifest["metadata"] |= extra.pop("metadata", {})
        return self.store.create(SECRET, {**manifest, **extra}, namespace)

    def account(self, name: str, *secrets: str, namespace: str = "web") -> Object:
        """Make a ServiceAccount, or set the list of one that is there."""
        entries = [{"name": secret} for secret in secrets]
        try:
            obj = self.store.get(SERVICE_ACCOUNT, name, namespace)
        except NotFound:
            obj = {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {"name": name},
                "imagePullSecrets": entries,
            }
            return self.store.create(SERVICE_ACCOUNT, obj, namespace)
        return self.store.update(SERVICE_ACCOUNT, {**obj, "imagePullSecrets": entries})

    def pod(
        self, name: str, *, namespace: str = "web", waiting: str = "", running: bool = False, **extra: Any
    ) -> Object:
        """Make a Pod; `waiting` is its container's reason, `owner` its maker; `extra` goes into its spec."""
        owner = extra.pop("owner", None)
        spec = {"containers": [{"name": "c", "image": "harbor.example.com/app:1"}], **extra}
        metadata = {"name": name, **({"ownerReferences": [owner]} if owner else {})}
        obj = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        made = self.store.create(POD, obj, namespace)
        state: dict[str, Any] = (
            {"running": {}} if running else {"waiting": {"reason": waiting}} if waiting else {}
        )
        made["status"] = {
            "phase": "Pending",
            "containerStatuses": [{"name": "c", "image": "x", "state": state}],
        }
        return self.store.update_status(POD, made)


def replica_set(name: str = "web-1", uid: str = "rs-1") -> dict[str, Any]:
    """Give an owner reference of a ReplicaSet."""
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "uid": uid, "controller": True}


def login(*hosts: str, username: str = "robot", password: str = "s3cret-word") -> DockerConfig:
    """Give a config with a login for each host."""
    config = DockerConfig.empty()
    for host in hosts:
        config = config.with_entry(host, username, password)
    return config


def names_in(obj: Object) -> list[str]:
    """Give the names in an object's own `imagePullSecrets`."""
    return [entry["name"] for entry in obj.get("imagePullSecrets") or []]


async def no_sleep(seconds: float) -> None:
    """Stand for a sleep that takes no time."""
