"""Watches that feed stores, for as long as somebody wants them."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass

from pullsecret.app.ports import Followed, Watcher
from pullsecret.core.errors import Forbidden, PullSecretError
from pullsecret.core.objects import NAMESPACE, SECRET, Kind, Object, name_of, namespace_of
from pullsecret.operator.stores import Store

_LOG = logging.getLogger(__name__)
_PATIENCE, _GLANCE = 5.0, 0.05


@dataclass(frozen=True, slots=True)
class Choice:
    """What one watch is about; an empty name or namespace means any."""

    kind: Kind
    namespace: str = ""
    name: str = ""
    metadata_only: bool = False

    @property
    def label(self) -> str:
        """How metrics and messages name it: ``secrets/harbor-pull``."""
        return "/".join(part for part in (self.kind.plural, self.namespace, self.name) if part)

    def covers(self, obj: Object) -> bool:
        """Tell whether an object is one that the watch brings."""
        return (
            obj.get("kind") == self.kind.kind
            and (not self.name or name_of(obj) == self.name)
            and (not self.namespace or namespace_of(obj) == self.namespace)
        )


class Feed:
    """One watch and the task that carries what it brings into a store."""

    def __init__(self, watcher: Watcher, choice: Choice, store: Store) -> None:
        self.choice, self._watcher, self._store = choice, watcher, store
        self.ready = asyncio.Event()
        self._begin()

    def _begin(self) -> None:
        """Begin to follow, with a look at all that is there."""
        self.ready.clear()
        self._followed = self._follow()
        self._task = asyncio.create_task(self._run(), name=f"feed {self.choice.label}")

    def _follow(self) -> Followed:
        choice = self.choice
        return self._watcher.follow(
            choice.kind,
            namespace=choice.namespace,
            field_selector=f"metadata.name={choice.name}" if choice.name else "",
            metadata_only=choice.metadata_only,
        )

    async def renew(self) -> None:
        """Look at all that is there anew; what is known stays known meanwhile.

        It begins anew also where the lead is lost, and this wait cancelled: the webhook goes on looking.
        """
        try:
            await self.stop()
        finally:
            self._begin()

    async def stop(self) -> None:
        """End, and wait until the connection is closed."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def age(self) -> float:
        """Seconds since its last sign of life."""
        return self._followed.age

    @property
    def failure(self) -> PullSecretError | None:
        """Why it does not go on at the moment."""
        return self._followed.failure

    async def _run(self) -> None:
        while True:
            try:
                await self._carry()
            except Exception as error:  # noqa: BLE001  a watch that ended in silence would leave us blind
                said = f"an error of our own: {type(error).__name__}"
                _LOG.error("cannot follow %s: %s", self.choice.label, said, exc_info=error)
            await asyncio.sleep(_PATIENCE)
            self._followed = self._follow()

    async def _carry(self) -> None:
        """Carry what comes into the store."""
        async with aclosing(self._followed):
            async for batch in self._followed:
                self._store.take(batch, self.choice.covers)
                self.ready.set()


class Feeds:
    """All watches: some for good, those of Secrets as policies come and go."""

    def __init__(self, watcher: Watcher, store_of: Callable[[Kind], Store]) -> None:
        self._watcher, self._store_of = watcher, store_of
        self._feeds: dict[Choice, Feed] = {}

    def __iter__(self) -> Iterator[Feed]:
        return iter(list(self._feeds.values()))

    async def follow(self, choices: Collection[Choice]) -> None:
        """Follow these for good, and wait until all that is there was seen."""
        for choice in choices:
            self._begin(choice)
        await self.seen(choices)

    async def renew(self) -> None:
        """Look at everything anew.

        A connection that hangs half open is noticed only after minutes: who begins to write must not do so on
        what was so before, while another wrote.
        """
        for feed in self:
            await feed.renew()

    async def seen(self, choices: Collection[Choice]) -> None:
        """Wait until each of these has brought what is there; those that were given up are not waited for."""
        for choice in choices:
            if (feed := self._feeds.get(choice)) is not None:
                await self._wait(feed)

    async def _wait(self, feed: Feed) -> None:
        """Wait for a feed, and say what it waits for: rights, definitions, the API server."""
        said = ""
        while self._feeds.get(feed.choice) is feed and not self._is_shut(feed.choice):
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await feed.ready.wait()
                return
            if feed.failure is not None and feed.failure.message != said:
                said = feed.failure.message
                _LOG.warning("cannot follow %s: %s; %s", feed.choice.label, said, feed.failure.hint)

    def _is_shut(self, choice: Choice) -> bool:
        """Tell whether a watch is of a namespace that we may not look at, while we look at another one.

        With a namespace that is deleted go the Roles in it: nobody tells us then that it is gone, and the
        others must not wait until it is made again. Nothing is done in it before it is seen (`have_shown`).
        """
        name = _place(choice)
        own = [feed for feed in self if feed.choice.kind != SECRET]
        refused = any(_place(feed.choice) == name and isinstance(feed.failure, Forbidden) for feed in own)
        return (
            bool(name)
            and refused
            and any(feed.ready.is_set() for feed in own if feed.choice.kind == NAMESPACE)
        )

    def have_shown(self, choices: Collection[Choice]) -> bool:
        """Tell whether each of these has brought what is there; those that are not followed are not asked."""
        return all((feed := self._feeds.get(choice)) is None or feed.ready.is_set() for choice in choices)

    async def refused(self, choices: Collection[Choice]) -> tuple[Choice, Forbidden] | None:
        """Wait like `seen`, but give the first of them that we have no right to follow."""
        for choice in choices:
            while (feed := self._feeds.get(choice)) is not None and not feed.ready.is_set():
                if isinstance(feed.failure, Forbidden):
                    return choice, feed.failure
                with suppress(TimeoutError):
                    async with asyncio.timeout(_GLANCE):
                        await feed.ready.wait()
        return None

    async def only_secrets(self, wanted: Collection[Choice]) -> None:
        """Follow exactly these Secrets: begin what is new, end what nobody wants."""
        for choice in wanted:
            self._begin(choice)
        unwanted = [c for c in self._feeds if c.kind == SECRET and c not in wanted]
        for choice in unwanted:
            feed = self._feeds.pop(choice)
            try:
                await feed.stop()
            finally:
                self._forget(choice)

    async def close(self) -> None:
        """End all."""
        await asyncio.gather(*(feed.stop() for feed in self))
        self._feeds.clear()

    def _forget(self, choice: Choice) -> None:
        """Forget what only this watch brought."""
        still = [other for other in self._feeds if other.kind == choice.kind]
        self._store_of(choice.kind).drop(
            lambda obj: choice.covers(obj) and not any(other.covers(obj) for other in still)
        )

    def _begin(self, choice: Choice) -> None:
        if choice not in self._feeds:
            self._feeds[choice] = Feed(self._watcher, choice, self._store_of(choice.kind))


def _place(choice: Choice) -> str:
    """Name the one namespace that a watch is of, or in; empty where it is of all."""
    return choice.name if choice.kind == NAMESPACE else choice.namespace
