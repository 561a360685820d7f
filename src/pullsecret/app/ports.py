"""What use cases need from outside, as Protocols. Adapters fit them by shape and do not import this."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

from pullsecret.core.credentials import Credential
from pullsecret.core.errors import PullSecretError
from pullsecret.core.images import ImageReference
from pullsecret.core.manifests import Manifest
from pullsecret.core.objects import Kind, Object
from pullsecret.core.verdicts import LoginResult
from pullsecret.core.watching import Batch

Keep = Callable[[Object], bool]
"""Tells which objects of a list are wanted."""

Patch = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class PatchType(StrEnum):
    """The API server's patch formats, as their content types."""

    JSON = "application/json-patch+json"
    MERGE = "application/merge-patch+json"
    STRATEGIC = "application/strategic-merge-patch+json"


class Cluster(Protocol):
    """One Kubernetes cluster, as one identity. Every method raises `ClusterError` and its kinds.

    `namespace` is given for namespaced kinds and empty otherwise; in `list` empty means all.
    """

    async def get(self, kind: Kind, name: str, *, namespace: str = "") -> Object:
        """Read one object; `NotFound` when there is none."""

    async def list(
        self, kind: Kind, *, namespace: str = "", label_selector: str = "", field_selector: str = "",
        metadata_only: bool = False, keep: Keep | None = None,
    ) -> list[Object]:  # fmt: skip
        """Read all objects, page by page; each carries `apiVersion` and `kind`.

        With `keep` only those for which it holds are given, and no more than a page of others is in memory.
        """

    async def create(self, kind: Kind, obj: Object, *, namespace: str = "", dry_run: bool = False) -> Object:
        """Create an object; `AlreadyExists` when the name is taken."""

    async def patch(
        self,
        kind: Kind,
        name: str,
        patch: Patch,
        *,
        patch_type: str,
        namespace: str = "",
        dry_run: bool = False,
        subresource: str = "",
    ) -> Object:
        """Change an object, or its `status`; `Conflict` or (by tests) `Invalid` when it has changed."""

    async def delete(
        self, kind: Kind, name: str, *, namespace: str = "", uid: str = "", resource_version: str = "",
        dry_run: bool = False,
    ) -> None:  # fmt: skip
        """Delete an object, if it still is the one with this UID and resource version."""

    async def evict(self, name: str, *, namespace: str, uid: str = "", resource_version: str = "") -> None:
        """Evict a Pod, if it still is that one; `TooManyRequests` when a disruption budget forbids it."""


class Followed(Protocol):
    """What is known of the objects of one kind, kept up to date: iterate over it, once.

    It never ends by itself and raises nothing for a cluster that fails: it tries again, ever more seldom,
    and tells so here. `aclose` ends it (`contextlib.aclosing`).
    """

    @property
    def last_seen(self) -> float:
        """When the last sign of life came, in seconds of the monotonic clock; at first, when it was made."""

    @property
    def age(self) -> float:
        """Seconds since the last sign of life; a watch that lasts gives one every minute or two."""

    @property
    def failure(self) -> PullSecretError | None:
        """Why it does not go on at the moment; None while it does."""

    def __aiter__(self) -> AsyncIterator[Batch]:
        """Give a `Snapshot` first, then each `Change`, and a `Snapshot` again when some may be missing."""

    async def aclose(self) -> None:
        """Close its connection."""


class Watcher(Protocol):
    """Follows objects of one Kubernetes cluster. A `Cluster` may be one too."""

    def follow(
        self, kind: Kind, *, namespace: str = "", label_selector: str = "", field_selector: str = "",
        metadata_only: bool = False,
    ) -> Followed:  # fmt: skip
        """Follow the objects that the selectors choose; empty `namespace` means all namespaces.

        Nothing is sent before the first batch is asked for. `InvalidInput` when the namespace is no name.
        """


class Registries(Protocol):
    """Container registries. Failures are `RegistryFailure`s that carry one of the causes."""

    async def login(self, host: str, credential: Credential) -> LoginResult:
        """Ask the registry, and its token service if it names one, whether it accepts this login."""

    async def manifest(
        self, image: ImageReference, credential: Credential, *, platforms: bool = False
    ) -> Manifest:
        """Fetch what the image's tag or digest stands for, HEAD before GET; its platforms where asked for."""

    async def has_repository(self, image: ImageReference, credential: Credential) -> bool | None:
        """Tell whether the image's repository is there; None where that cannot be told."""


Sleep = Callable[[float], Awaitable[None]]
"""Waits so many seconds; tests hand in one that does not."""
