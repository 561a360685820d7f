"""Lists of objects: page by page, each page checked, the objects made whole."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

from pullsecret.core.errors import Gone
from pullsecret.core.objects import NAMESPACE, Kind, Object
from pullsecret.kube.paths import collection_path, object_path, watch_path
from pullsecret.kube.shapes import Expected
from pullsecret.kube.transport import Request

PAGE_SIZE = 500
_METADATA = "application/json;as={shape};g=meta.k8s.io;v=v1"

Keep = Callable[[Object], bool]
Send = Callable[[Request], Awaitable[Object]]


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects of one list, and the version to watch on from."""

    items: list[Object]
    resource_version: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Which objects of a kind are meant, and whether their metadata alone.

    Attributes:
        kind: of what kind they are.
        namespace: where; empty for all namespaces.
        label_selector: as kubectl's `-l`; empty for all.
        field_selector: ``metadata.name=NAME`` and the like; empty for all.
        metadata_only: whether nothing else of them is wanted.
    """

    kind: Kind
    namespace: str = ""
    label_selector: str = ""
    field_selector: str = ""
    metadata_only: bool = False

    @property
    def alone(self) -> str:
        """The name of the one namespace that is meant; empty for anything else.

        To read it by its own path, and to watch it by that of the older form, a Role in it suffices: of
        ``/namespaces/NAME`` the API server takes NAME for the namespace of the request, of a field selector
        it does not (apiserver, `pkg/endpoints/request/requestinfo.go`; tried).
        """
        only = self.kind == NAMESPACE and not self.label_selector and not self.namespace
        name = self.field_selector.removeprefix("metadata.name=")
        return name if only and name != self.field_selector and not set(name) & set(",=!") else ""

    def get_request(self) -> Request:
        """Form the request that reads the one that is `alone`."""
        return replace(
            self._request("PartialObjectMetadata"), path=object_path(self.kind, self.alone), query=()
        )

    def list_request(self) -> Request:
        """Form the request that lists them.

        It names no resource version: what comes is as new as the cluster itself, never an older state.

        Raises:
            InvalidInput: the namespace is none, so that the path would lead elsewhere.
        """
        return self._request("PartialObjectMetadataList")

    def watch_request(self, resource_version: str, *, seconds: float) -> Request:
        """Form the request that watches them from a version on, for so many seconds, with bookmarks."""
        request = self._request("PartialObjectMetadata")
        if self.alone:
            request = replace(request, path=watch_path(self.kind, self.alone), query=())
        query = (
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", resource_version),
            *request.query,
            ("timeoutSeconds", str(max(1, round(seconds)))),
        )
        return replace(request, query=query)

    def _request(self, shape: str) -> Request:
        return Request(
            "GET",
            collection_path(self.kind, self.namespace),
            query=(("labelSelector", self.label_selector), ("fieldSelector", self.field_selector)),
            accept=_METADATA.format(shape=shape) if self.metadata_only else "application/json",
            repeatable=True,
        )


async def read_list(send: Send, choice: Choice, *, server: str, keep: Keep | None = None) -> Listing:
    """Read all objects, 500 a page, and the resource version that they show.

    Where the list's continue token expires on the way, all is read anew in one piece, as client-go's
    pager does.

    Args:
        send: sends one request.
        choice: which objects.
        server: the API server's address, for errors.
        keep: tells which are wanted; no more than a page of others is in memory.

    Raises:
        ClusterError: a page could not be had, or is none.
    """
    try:
        return await _gathered(_pages(send, choice, server, limit=PAGE_SIZE), keep)
    except Gone:
        return await _gathered(_pages(send, choice, server, limit=0), keep)


async def _gathered(pages: AsyncIterator[Listing], keep: Keep | None) -> Listing:
    items: list[Object] = []
    version = ""
    async for page in pages:
        items += page.items if keep is None else filter(keep, page.items)
        version = page.resource_version
    return Listing(items, version)


async def _pages(send: Send, choice: Choice, server: str, *, limit: int) -> AsyncIterator[Listing]:
    request, token = choice.list_request(), ""
    expected = Expected(server, f"a list of {choice.kind.plural}")
    while True:
        paging = (("limit", str(limit) if limit else ""), ("continue", token))
        page = await send(replace(request, query=(*request.query, *paging)))
        metadata = expected.mapping(page, "metadata")
        items = expected.objects(page, "items", needed=True)
        for item in items:
            expected.mapping(item, "metadata", needed=True)
        yield Listing(
            [whole(item, choice.kind) for item in items], str(metadata.get("resourceVersion") or "")
        )
        token = str(metadata.get("continue") or "")
        if not token:
            return


def whole(item: Object, kind: Kind) -> Object:
    """Give an object `apiVersion` and `kind`, which the API server leaves out in lists."""
    return {**item, "apiVersion": kind.api_version, "kind": kind.kind}
