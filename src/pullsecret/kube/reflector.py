"""Following objects for as long as one likes: list, watch, go on where it broke, list where one must."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from pullsecret.core.errors import ApiError, ClusterUnreachable, Gone, NotFound, PullSecretError
from pullsecret.core.objects import Object, resource_version_of
from pullsecret.core.watching import Batch, Change, ChangeType, Snapshot
from pullsecret.kube.lists import Choice, read_list, whole
from pullsecret.kube.pace import Course, Pace
from pullsecret.kube.shapes import Expected
from pullsecret.kube.transport import Request, Transport
from pullsecret.kube.watch import OPENED, Limits, WatchSilent, watch_events


@dataclass(frozen=True, slots=True)
class Means:
    """What a reflector is given: a monotonic clock in seconds, a way to wait, random numbers from 0 to 1."""

    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]
    pace: Pace


class Reflector:
    """Follows the objects of one kind; fits `app.ports.Followed` by its shape.

    Whatever fails is tried again, with back-off, and told by `failure` and `age`; also a missing right or
    kind, which may come yet. A wait for a batch that is cancelled ends it.
    """

    def __init__(self, transport: Transport, choice: Choice, means: Means) -> None:
        choice.list_request()  # refuses a namespace that is none, before anything is awaited
        self._transport, self._choice, self._means = transport, choice, means
        self._version: str | None = None
        self._course = Course()
        self._quiet, self._streaming = False, False
        self._last_seen = means.clock()
        self._failure: PullSecretError | None = None
        self._batches = self._run()

    @property
    def last_seen(self) -> float:
        """When the last sign of life came, in the clock's seconds; at first, when this was made."""
        return self._last_seen

    @property
    def age(self) -> float:
        """Seconds since the last sign of life."""
        return max(0.0, self._means.clock() - self._last_seen)

    @property
    def failure(self) -> PullSecretError | None:
        """Why it does not go on at the moment; None while it does."""
        return self._failure

    def __aiter__(self) -> AsyncIterator[Batch]:
        """Give the batches; always the same, which nobody else may take."""
        return self._batches

    async def aclose(self) -> None:
        """Close the connection; there are no more batches."""
        await self._batches.aclose()

    async def _run(self) -> AsyncGenerator[Batch, None]:
        while True:
            self._streaming = False
            try:
                if self._version is None and not self._choice.alone:
                    yield await self._snapshot()
                async with aclosing(self._changes(self._version or "")) as batches:
                    async for batch in batches:
                        yield batch
            except PullSecretError as error:
                self._failed(error)

    async def _snapshot(self) -> Snapshot:
        server, kind = self._transport.server, self._choice.kind
        listing = await read_list(self._send, self._choice, server=server)
        if not listing.resource_version:
            raise Expected(server, f"a list of {kind.plural}").fault("a list without 'resourceVersion'")
        self._version = listing.resource_version
        return Snapshot(listing.items, listing.resource_version)

    async def _look(self) -> Snapshot:
        """Look at the one object there is, if it is there, after its watch was opened.

        It has no list whose version a watch could go on from, and its own may be years old. So the watch
        begins with now, and what happened before is seen by this look; what both tell is told twice.
        """
        try:
            obj = await self._send(self._choice.get_request())
        except NotFound:
            return Snapshot([], "")
        obj = Expected(self._transport.server, "a namespace").one(obj)
        return Snapshot([whole(obj, self._choice.kind)], resource_version_of(obj))

    async def _send(self, request: Request) -> Object:
        await self._turn()
        self._course = self._course.asking(self._means.clock())
        answer = await self._transport.send(request, patient=False)
        self._seen()
        return answer

    async def _turn(self, *, watch: bool = False) -> None:
        """Wait until the next request, or the next `watch`, may be sent."""
        while (seconds := self._course.due(self._means.pace, self._means.clock(), watch=watch)) > 0:
            await self._means.sleep(seconds)

    async def _changes(self, version: str) -> AsyncGenerator[Batch, None]:
        """Watch from a version on until the server ends it; from no version on, what there is comes first."""
        await self._turn(watch=True)
        pace, opened_at = self._means.pace, self._means.clock()
        seconds = pace.seconds(quiet=self._quiet, jitter=self._means.jitter())
        self._course = self._course.opening(pace, opened_at)
        events = watch_events(
            self._transport,
            self._choice.watch_request(version, seconds=seconds),
            self._choice.kind,
            Limits(seconds, silence=pace.silence, patient=False),
            announced=True,
        )
        came = False
        async with aclosing(events):
            async for what, obj in events:
                if what == OPENED:
                    self._opened()
                    if not version:
                        yield await self._look()
                    continue
                came, self._quiet = True, False
                self._version = resource_version_of(obj) or self._version
                self._seen()
                self._course = self._course.going()
                if what != "BOOKMARK":
                    yield Change(ChangeType(what), obj)
        if not came and self._means.clock() - opened_at < pace.between:
            raise ClusterUnreachable(
                f"{self._transport.server} ends a watch of {self._choice.kind.plural} as it begins",
                hint="look at the proxy or load balancer before the API server: watches last for minutes",
            )
        self._seen()
        self._course = self._course.going()

    def _opened(self) -> None:
        self._streaming, self._failure = True, None
        self._seen()

    def _seen(self) -> None:
        self._last_seen = self._means.clock()

    def _failed(self, error: PullSecretError) -> None:
        """Remember what failed, when to go on, and whether from where it broke or with a list."""
        pace, now = self._means.pace, self._means.clock()
        opened_at = self._course.asked_at
        if self._streaming and opened_at is not None and now - opened_at >= pace.settled:
            self._course = self._course.going()
        self._course = self._course.failed(error, pace, now, self._means.jitter())
        self._failure = error.with_traceback(None)  # its frames would hold what was read
        self._quiet = self._quiet or isinstance(error, WatchSilent)
        told = self._streaming and isinstance(error, ApiError)  # an ERROR event: the server gave up on us
        if told or isinstance(error, Gone | WatchSilent) or self._course.failures >= pace.stubborn:
            self._version = None
