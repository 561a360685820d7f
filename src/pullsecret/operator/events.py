"""Tells people what happens, as core/v1 Events on the objects that they look at.

Best effort: telling never waits for the API server, never fails, and an object that keeps failing cannot
flood the cluster. The same thing told again raises the count of the first Event; how many an object may
have is limited as by client-go's `tools/record` (25, then one every five minutes).
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pullsecret.app.ports import Cluster, PatchType
from pullsecret.core.errors import Conflict, NotFound
from pullsecret.core.objects import EVENT, Object, name_of, namespace_of, resource_version_of, uid_of
from pullsecret.core.plaintext import printable
from pullsecret.core.redaction import redacted
from pullsecret.core.times import format_time
from pullsecret.operator.pacing import Clock

_LOG = logging.getLogger(__name__)

COMPONENT = "pullsecret"
BURST = 25
REFILL = 300.0
"""Seconds until an object that has used up its Events may have one more."""
REMEMBERED = 4096
WAITING = 1000
_MESSAGE_LIMIT = 1024  # apimachinery's validation of Events
_NAME_LIMIT = 253
_TIME_LIMIT = 10.0
_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class About:
    """The object that an Event is about; `namespace` is empty for one of cluster scope."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str

    @classmethod
    def of(cls, obj: Object) -> "About":
        """Refer to an object as the API server gave it."""
        version, kind = str(obj.get("apiVersion") or ""), str(obj.get("kind") or "")
        return cls(version, kind, namespace_of(obj), name_of(obj), uid_of(obj))


@dataclass(frozen=True, slots=True)
class _Told:
    about: About
    severity: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class _Written:
    namespace: str
    name: str
    version: str
    count: int

    @classmethod
    def of(cls, event: Object) -> "_Written":
        count = event.get("count")
        number = count if isinstance(count, int) else 1
        return cls(namespace_of(event), name_of(event), resource_version_of(event), number)


@dataclass(slots=True)
class _Allowance:
    """A bucket of Events that fills up again."""

    left: float
    at: float

    def take(self, now: float) -> bool:
        self.left = min(BURST, self.left + (now - self.at) / REFILL)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class EventRecorder:
    """Writes Events, one after the other, while `run` runs."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        instance: str,
        clock: Clock = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make a recorder.

        Args:
            cluster: where the Events go.
            instance: which replica tells them.
            clock: for the limits.
            now: for the Events' times.
        """
        self._cluster, self._instance, self._clock, self._now = cluster, instance, clock, now
        self._waiting: OrderedDict[_Told, int] = OrderedDict()
        self._written: OrderedDict[_Told, _Written] = OrderedDict()
        self._allowances: OrderedDict[About, _Allowance] = OrderedDict()
        self._ready, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._paused_until, self._failing = float("-inf"), False
        self._stamp = 0

    def record(self, about: Object | About, reason: str, message: str, *, warning: bool = False) -> None:
        """Tell something about an object; it is written later, or not at all.

        Args:
            about: what it is about.
            reason: one CamelCase word that programs know.
            message: a sentence for people; what looks like a credential in it is struck out.
            warning: whether somebody should do something.
        """
        whom = about if isinstance(about, About) else About.of(about)
        if not self._allowed(whom):
            return
        text = printable(redacted(message))
        if len(text) > _MESSAGE_LIMIT:
            text = text[: _MESSAGE_LIMIT - 1] + "…"
        told = _Told(whom, "Warning" if warning else "Normal", reason, text)
        if told in self._waiting or len(self._waiting) < WAITING:
            self._waiting[told] = self._waiting.get(told, 0) + 1
            self._idle.clear()
            self._ready.set()

    async def run(self) -> None:
        """Write what is told, until cancelled."""
        while True:
            await self._ready.wait()
            while self._waiting:
                told, count = self._waiting.popitem(last=False)
                await self._try(told, count)
            self._ready.clear()
            self._idle.set()

    async def flush(self) -> None:
        """Wait until all that was told so far is written or given up, while `run` runs."""
        await self._idle.wait()

    def _allowed(self, about: About) -> bool:
        now = self._clock()
        allowance = self._allowances.setdefault(about, _Allowance(BURST, now))
        _remember(self._allowances, about, allowance)
        return allowance.take(now)

    async def _try(self, told: _Told, count: int) -> None:
        if self._clock() < self._paused_until:
            return
        try:
            async with asyncio.timeout(_TIME_LIMIT):
                _remember(self._written, told, _Written.of(await self._write(told, count)))
            self._failing = False
        except Exception as error:  # noqa: BLE001  an Event is worth nobody's work
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """Say it once; where nobody answers or we may not, no further ones are tried for a while."""
        if not self._failing:
            _LOG.warning("Events cannot be written: %s", str(error) or "no answer in time")
        self._failing = True
        if not isinstance(error, NotFound):  # the namespace is gone, which says nothing about the next one
            self._paused_until = self._clock() + _PAUSE

    async def _write(self, told: _Told, count: int) -> Object:
        before = self._written.get(told)
        if before is not None:
            try:
                return await self._count_up(before, count)
            except (NotFound, Conflict):
                pass  # the API server forgets Events after an hour
        event = self._event(told, count)
        return await self._cluster.create(EVENT, event, namespace=namespace_of(event))

    async def _count_up(self, before: _Written, count: int) -> Object:
        patch = {
            "metadata": {"resourceVersion": before.version},
            "count": before.count + count,
            "lastTimestamp": format_time(self._now()),
        }
        return await self._cluster.patch(
            EVENT, before.name, patch, patch_type=PatchType.MERGE, namespace=before.namespace
        )

    def _event(self, told: _Told, count: int) -> Object:
        about, now = told.about, self._now()
        moment = format_time(now)
        # kubectl describe finds the Events of an object without a namespace in all of them; the API server
        # takes such Events in `default` only.
        metadata = {"name": self._name(about, now), "namespace": about.namespace or "default"}
        return {
            "apiVersion": EVENT.api_version,
            "kind": EVENT.kind,
            "metadata": metadata,
            "involvedObject": _reference(about),
            "type": told.severity,
            "reason": told.reason,
            "message": told.message,
            "source": {"component": COMPONENT},
            "reportingComponent": COMPONENT,
            "reportingInstance": self._instance,
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": count,
        }

    def _name(self, about: About, now: datetime) -> str:
        """Name an Event by its object and a time in nanoseconds, which is never used twice."""
        self._stamp = max(self._stamp + 1, int(now.timestamp() * 1_000_000) * 1000)
        tail = f".{self._stamp:x}"
        return about.name[: _NAME_LIMIT - len(tail)].rstrip(".-") + tail


def _reference(about: About) -> dict[str, Any]:
    return {
        "apiVersion": about.api_version,
        "kind": about.kind,
        "namespace": about.namespace,
        "name": about.name,
        "uid": about.uid,
    }


def _remember(kept: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    """Keep what was used last, and no more than so much."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)
