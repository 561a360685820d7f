"""The Kubernetes API as this project needs it: a thin client that fits `app.ports.Cluster` by its shape."""

import asyncio
import copy
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from pullsecret.core.calls import Observe
from pullsecret.core.objects import POD, Kind, Object
from pullsecret.kube.auth import Now
from pullsecret.kube.discovery import Discovery
from pullsecret.kube.lists import Choice, Keep, Listing, read_list
from pullsecret.kube.pace import Pace
from pullsecret.kube.paths import collection_path, object_path
from pullsecret.kube.reflector import Means, Reflector
from pullsecret.kube.settings import ClusterConfig
from pullsecret.kube.shapes import Expected
from pullsecret.kube.transport import Request, Sleep, Transport
from pullsecret.kube.watch import Limits, WatchEvent, watch_events

FIELD_MANAGER = "pullsecret"
PACE = Pace()


class ClusterClient:
    """One cluster as one identity; an async context manager.

    Reads are repeated with back-off after failures that pass; changes only if they surely took no effect.
    What is asked at the same time slows down together where the server asks for it.
    """

    def __init__(
        self,
        config: ClusterConfig,
        *,
        user_agent: str = "pullsecret",
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        now: Now = time.time,
        clock: Callable[[], float] = time.monotonic,
        pace: Pace = PACE,
        observe: Observe | None = None,
    ) -> None:
        """Make a client.

        Args:
            config: which cluster and who we are, from `config.load`.
            user_agent: the `User-Agent` header.
            sleep: waits so many seconds.
            jitter: gives a random number from 0 to 1.
            now: gives the seconds since 1970.
            clock: gives seconds that only grow.
            pace: how long what is followed lasts, and how often it is tried.
            observe: is told of every request that was made; nobody by default.
        """
        self.config = config
        self._means = Means(clock, sleep, jitter, pace)
        self._transport = Transport(
            config, user_agent=user_agent, sleep=sleep, jitter=jitter, now=now, clock=clock, observe=observe
        )
        self.discovery = Discovery(self._transport)
        self.patient = True  # whether what fails in passing is sent again

    def impatient(self) -> Self:
        """Give a client of the same connections that sends each request once.

        For those who have a queue: a request that was repeated behind its back would tell it of a busy
        server only when that was asked several times more, by all workers.
        """
        twin = copy.copy(self)
        twin.patient = False
        return twin

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def get(self, kind: Kind, name: str, *, namespace: str = "") -> Object:
        """Read one object.

        Raises:
            NotFound: there is none.
            ClusterError: anything else went wrong; so for all methods.
        """
        request = Request("GET", object_path(kind, name, namespace), repeatable=True)
        return self._one(kind, await self._send(request))

    async def list(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
        keep: Keep | None = None,
    ) -> list[Object]:
        """Read all objects of a kind, page by page; empty `namespace` means all namespaces.

        Each carries `apiVersion` and `kind`, which the API server leaves out in lists. With `keep` only
        those for which it holds are given, and no more than a page of others is in memory.
        """
        listing = await self.listing(
            kind,
            namespace=namespace,
            label_selector=label_selector,
            field_selector=field_selector,
            metadata_only=metadata_only,
            keep=keep,
        )
        return listing.items

    async def listing(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
        keep: Keep | None = None,
    ) -> Listing:
        """Read all objects of a kind, and the resource version from which a watch goes on.

        Where the list's continue token expires on the way, all is read anew in one piece, as
        client-go's pager does.
        """
        choice = Choice(kind, namespace, label_selector, field_selector, metadata_only)
        return await read_list(self._send, choice, server=self.config.server, keep=keep)

    async def create(self, kind: Kind, obj: Object, *, namespace: str = "", dry_run: bool = False) -> Object:
        """Create an object; with `dry_run` the server only says what it would make.

        Raises:
            AlreadyExists: the name is taken.
        """
        path = collection_path(kind, namespace)
        request = Request("POST", path, query=_writing(dry_run), body=obj, repeatable=dry_run)
        return self._one(kind, await self._send(request))

    async def patch(
        self,
        kind: Kind,
        name: str,
        patch: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        patch_type: str,
        namespace: str = "",
        dry_run: bool = False,
        subresource: str = "",
    ) -> Object:
        """Change an object, or a subresource of it, such as its `status`.

        `patch_type` is the content type of a JSON, merge or strategic merge patch.

        Raises:
            Conflict: it is not the version that the patch names.
            Invalid: the result would not be valid, or a test of a JSON patch failed.
        """
        path = object_path(kind, name, namespace)
        request = Request(
            "PATCH",
            f"{path}/{subresource}" if subresource else path,
            query=_writing(dry_run),
            body=patch,
            content_type=patch_type,
            repeatable=dry_run,
        )
        return self._one(kind, await self._send(request))

    async def delete(
        self,
        kind: Kind,
        name: str,
        *,
        namespace: str = "",
        uid: str = "",
        resource_version: str = "",
        dry_run: bool = False,
    ) -> None:
        """Delete an object, if it still is the one with this UID and resource version.

        Raises:
            Conflict: it is another by now.
        """
        # Where options come in the body, the server reads no dryRun from the query: it would delete.
        dry = {"dryRun": ["All"]} if dry_run else {}
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            **dry,
            **_preconditions(uid, resource_version),
        }
        await self._send(
            Request("DELETE", object_path(kind, name, namespace), body=options, repeatable=dry_run)
        )

    async def evict(self, name: str, *, namespace: str, uid: str = "", resource_version: str = "") -> None:
        """Evict a Pod, if it still is that one; by policy/v1 where the server has it, else v1beta1.

        Raises:
            TooManyRequests: a disruption budget forbids it.
            Conflict: it is another by now.
        """
        eviction = {
            "apiVersion": await self.discovery.eviction_version(),
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
            "deleteOptions": _preconditions(uid, resource_version),
        }
        path = f"{object_path(POD, name, namespace)}/eviction"
        await self._send(Request("POST", path, body=eviction))

    def watch(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        resource_version: str = "",
        field_selector: str = "",
        label_selector: str = "",
        metadata_only: bool = False,
        timeout: float = 300.0,
    ) -> AsyncGenerator[WatchEvent, None]:
        """Follow changes from a version on, as ``(type, object)``; bookmarks come too.

        It ends when the server ends it, at the latest after `timeout` seconds: go on from the last
        version seen, bookmarks included. Whoever leaves early closes it (`contextlib.aclosing`).

        Raises:
            Gone: the version is too old; list again.
            ClusterUnreachable: the connection broke.
        """
        choice = Choice(kind, namespace, label_selector, field_selector, metadata_only)
        request = choice.watch_request(resource_version, seconds=timeout)
        return watch_events(self._transport, request, kind, Limits(timeout))

    def follow(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
    ) -> Reflector:
        """Follow the objects that the selectors choose, for as long as one likes; empty `namespace` for all.

        Whoever leaves closes it (`contextlib.aclosing`).

        Raises:
            InvalidInput: the namespace is no name.
        """
        choice = Choice(kind, namespace, label_selector, field_selector, metadata_only)
        return Reflector(self._transport, choice, self._means)

    async def _send(self, request: Request) -> Object:
        return await self._transport.send(request, patient=self.patient)

    def _one(self, kind: Kind, answer: Object) -> Object:
        return Expected(self.config.server, f"one of {kind.plural}").one(answer)


def _writing(dry_run: bool) -> tuple[tuple[str, str], ...]:
    return ("fieldManager", FIELD_MANAGER), ("dryRun", "All" if dry_run else "")


def _preconditions(uid: str, resource_version: str) -> Object:
    given = {"uid": uid, "resourceVersion": resource_version}
    wanted = {name: value for name, value in given.items() if value}
    return {"preconditions": wanted} if wanted else {}
