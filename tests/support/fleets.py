"""Many namespaces of a real cluster, the policies over them, and how they stand, seen by watches."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from typing import Any, Self

from pullsecret.core.errors import AlreadyExists, ApiError, Conflict, NotFound
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Kind, Object, name_of, namespace_of
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.core.watching import ChangeType, Snapshot
from pullsecret.kube.client import ClusterClient

MERGE_PATCH = "application/merge-patch+json"
PREFIX = "psr-"
REGISTRY = "registry.example.com"
SOURCE = "login"
COPY = "psr-pull"
_AT_ONCE = 32


def docker_config(password: str, registry: str = REGISTRY, username: str = "robot") -> str:
    login = b64encode(f"{username}:{password}".encode()).decode()
    return json.dumps({"auths": {registry: {"auth": login}}})


def source(password: str, registry: str = REGISTRY, *, name: str = SOURCE, username: str = "robot") -> Object:
    """Make a Secret with a login."""
    data = b64encode(docker_config(password, registry, username).encode()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": data},
    }


def password_of(secret: Object | None) -> str:
    """Give the password in a pull Secret of one registry; empty when there is no such Secret."""
    if secret is None:
        return ""
    (entry,) = json.loads(b64decode(secret["data"][".dockerconfigjson"]))["auths"].values()
    return b64decode(entry["auth"]).decode().partition(":")[2]


def listed(account: Object | None) -> list[str]:
    """Name the Secrets that a ServiceAccount, or a Pod's spec, lists."""
    return [entry["name"] for entry in (account or {}).get("imagePullSecrets") or []]


def cluster_policy(name: str, home: str, include: Sequence[str], **spec: Any) -> Object:
    """Make a ClusterPullSecret over namespaces, from the source in `home`."""
    ref = {"type": "DockerConfig", "secretRef": {"namespace": home, "name": SOURCE}}
    return {
        "apiVersion": CLUSTER_PULL_SECRET.api_version,
        "kind": CLUSTER_PULL_SECRET.kind,
        "metadata": {"name": name},
        "spec": {
            "secretName": COPY,
            "credentials": [ref],
            "namespaces": {"include": list(include)},
            **spec,
        },
    }


def team_policy(name: str, **spec: Any) -> Object:
    """Make a PullSecret, from the source beside it."""
    ref = {"type": "DockerConfig", "secretRef": {"name": SOURCE}}
    return {
        "apiVersion": PULL_SECRET.api_version,
        "kind": PULL_SECRET.kind,
        "metadata": {"name": name},
        "spec": {"secretName": COPY, "credentials": [ref], **spec},
    }


async def at_once(do: Callable[[str], Awaitable[Any]], names: Iterable[str]) -> None:
    """Do something for many names, some at a time."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str) -> None:
        async with slots:
            await do(name)

    await asyncio.gather(*(one(name) for name in names))


async def make_namespaces(cluster: ClusterClient, names: Sequence[str], **metadata: Any) -> None:
    """Make namespaces, and wait until each has its `default` ServiceAccount."""

    async def make(name: str) -> None:
        obj = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}
        with suppress(AlreadyExists):
            await cluster.create(NAMESPACE, obj)

    async with Seen(cluster, SERVICE_ACCOUNT, "default") as accounts:
        await at_once(make, names)
        await accounts.until(lambda there: all(name in there for name in names), "default ServiceAccounts")


async def remove_namespaces(cluster: ClusterClient, names: Iterable[str]) -> None:
    """Have namespaces deleted, without waiting for it."""

    async def remove(name: str) -> None:
        with suppress(NotFound, Conflict):
            await cluster.delete(NAMESPACE, name)

    await at_once(remove, names)


async def put_source(
    cluster: ClusterClient, namespace: str, password: str, registry: str = REGISTRY
) -> Object:
    """Make the source Secret, or give it another password; gives it as it is then."""
    wanted = source(password, registry)
    try:
        return await cluster.create(SECRET, wanted, namespace=namespace)
    except AlreadyExists:
        data = {"data": wanted["data"]}
        return await cluster.patch(SECRET, SOURCE, data, patch_type=MERGE_PATCH, namespace=namespace)


async def drop_policies(cluster: ClusterClient, chosen: Callable[[Object], bool]) -> None:
    """Delete policies though no operator runs: the way out of a finalizer that the documents name."""
    for kind in (CLUSTER_PULL_SECRET, PULL_SECRET):
        for policy in await cluster.list(kind):
            if chosen(policy):
                name, namespace = name_of(policy), namespace_of(policy)
                nothing = {"metadata": {"finalizers": None}}
                with suppress(NotFound):
                    await cluster.delete(kind, name, namespace=namespace)
                    await cluster.patch(kind, name, nothing, patch_type=MERGE_PATCH, namespace=namespace)


async def sweep(cluster: ClusterClient) -> None:
    """Take away what an earlier run that was broken off left behind."""

    def left(obj: Object) -> bool:
        return (namespace_of(obj) or name_of(obj)).startswith(PREFIX)

    await drop_policies(cluster, left)
    namespaces = await cluster.list(NAMESPACE, metadata_only=True)
    terminating = [name_of(n) for n in namespaces if left(n) and "deletionTimestamp" not in n["metadata"]]
    await remove_namespaces(cluster, terminating)


class Fleet:
    """Namespaces that tests of one run share; their names tell it from other runs."""

    def __init__(self, unique: str) -> None:
        self.prefix = f"{PREFIX}{unique}"
        self._made: set[str] = set()

    async def home(self, cluster: ClusterClient) -> str:
        """Give the operator's own namespace."""
        return (await self._there(cluster, [f"{self.prefix}-home"]))[0]

    async def names(self, cluster: ClusterClient, count: int, group: str = "n") -> list[str]:
        """Give so many namespaces; `pattern` means those of a group."""
        return await self._there(cluster, [f"{self.prefix}-{group}{number:03d}" for number in range(count)])

    def pattern(self, group: str = "n") -> str:
        return f"{self.prefix}-{group}[0-9]*"

    def own(self, *names: str) -> None:
        """Take over namespaces that a test made, to be removed with the rest."""
        self._made.update(names)

    async def remove(self, cluster: ClusterClient) -> None:
        await drop_policies(cluster, lambda obj: (namespace_of(obj) or name_of(obj)).startswith(self.prefix))
        await remove_namespaces(cluster, self._made)

    async def _there(self, cluster: ClusterClient, names: list[str]) -> list[str]:
        missing = [name for name in names if name not in self._made]
        if missing:
            self._made.update(missing)
            await make_namespaces(cluster, missing)
        return names


class Seen:
    """Objects of one name in all namespaces (or all of one kind), as a watch brings them: by namespace."""

    def __init__(self, cluster: ClusterClient, kind: Kind, name: str, namespace: str = "") -> None:
        self._followed = cluster.follow(kind, namespace=namespace, field_selector=f"metadata.name={name}")
        self._what = f"{kind.plural}/{name}"
        self._changed = asyncio.Event()
        self.there: dict[str, Object] = {}
        self.changes = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        await self.until(lambda _: self.changes > 0, "the first list")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def get(self, namespace: str) -> Object | None:
        return self.there.get(namespace)

    def of(self, namespaces: Sequence[str]) -> dict[str, Object]:
        return {name: self.there[name] for name in namespaces if name in self.there}

    async def until(
        self, done: Callable[[dict[str, Object]], bool], what: str, *, patience: float = 90.0
    ) -> None:
        """Wait until it is so."""
        try:
            async with asyncio.timeout(patience):
                while not done(self.there):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{self._what}: {what}: not seen in {patience} s") from None

    async def _run(self) -> None:
        async with aclosing(self._followed):
            async for batch in self._followed:
                self._take(batch)
                self.changes += 1
                self._changed.set()

    def _take(self, batch: Any) -> None:
        if isinstance(batch, Snapshot):
            self.there = {namespace_of(obj): obj for obj in batch.objects}
        elif batch.type is ChangeType.DELETED:
            self.there.pop(namespace_of(batch.object), None)
        else:
            self.there[namespace_of(batch.object)] = batch.object


async def create_policy(cluster: ClusterClient, policy: Object, namespace: str = "") -> Object:
    kind = PULL_SECRET if policy["kind"] == PULL_SECRET.kind else CLUSTER_PULL_SECRET
    return await cluster.create(kind, policy, namespace=namespace)


def synced_from(policy: Object, secret: Object) -> bool:
    """Tell whether all copies of a policy hold what is in its source, and its status says so."""
    told = [one.get("sourceResourceVersion") for one in policy.get("status", {}).get("credentials") or ()]
    return ready(policy) == "Synced" and told == [secret["metadata"]["resourceVersion"]]


async def policy_settled(
    cluster: ClusterClient, name: str, wanted: Callable[[Object], bool], *, namespace: str = "",
    patience: float = 90.0,
) -> Object:  # fmt: skip
    """Wait until a policy is as wanted, and give it."""
    kind = PULL_SECRET if namespace else CLUSTER_PULL_SECRET
    async with Seen(cluster, kind, name, namespace) as policies:
        await policies.until(
            lambda there: namespace in there and wanted(there[namespace]), "the policy", patience=patience
        )
        return policies.there[namespace]


def ready(policy: Object) -> str:
    """Give the reason of a policy's condition `Ready`."""
    conditions = policy.get("status", {}).get("conditions") or []
    return next((str(c["reason"]) for c in conditions if c["type"] == "Ready"), "")


async def policy_gone(cluster: ClusterClient, name: str, namespace: str = "", patience: float = 60.0) -> None:
    kind = PULL_SECRET if namespace else CLUSTER_PULL_SECRET
    async with Seen(cluster, kind, name, namespace) as policies:
        await policies.until(lambda there: namespace not in there, "is gone", patience=patience)


async def patched_account(cluster: ClusterClient, namespace: str, entries: Sequence[str]) -> None:
    """Let a ServiceAccount's list be these names, and nothing of ours noted on it."""
    patch = {
        "metadata": {"annotations": {"pullsecret.dev/attached": None}},
        "imagePullSecrets": [{"name": name} for name in entries],
    }
    await cluster.patch(SERVICE_ACCOUNT, "default", patch, patch_type=MERGE_PATCH, namespace=namespace)


async def ignoring(asked: Awaitable[Any], *errors: type[ApiError]) -> None:
    """Wait for something that may be so already."""
    with suppress(*errors):
        await asked
