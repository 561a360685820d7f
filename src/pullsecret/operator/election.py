"""Leader election by a Lease, with the semantics of client-go's `leaderelection`.

Remote clocks are never compared: a Lease is over when we have seen no renewal for its duration on our own
clock. Who leads stops writing at the renew deadline, before anybody else may begin. That is asked of the
clock at each write, so that it also holds for a process that was stopped and goes on.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from pullsecret.app.ports import Cluster, PatchType
from pullsecret.core.errors import AlreadyExists, ClusterError, Conflict, NotFound
from pullsecret.core.objects import LEASE, Object
from pullsecret.operator.lease import Record, Timing, new_lease, record_of, releasing, taking
from pullsecret.operator.pacing import Clock, Jitter, Sleep, uptime

_LOG = logging.getLogger(__name__)
_SPREAD = 0.2  # of the retry period: more would let a lease that ended wait for its next holder


class Leadership:
    """The right to write, for one term; it ends by itself when it is not extended."""

    def __init__(self, clock: Clock, until: float, *, grace: float = 0.0) -> None:
        """Make a term.

        Args:
            clock: seconds that only grow.
            until: when it ends, in the clock's seconds.
            grace: seconds after its end in which nobody else leads yet.
        """
        self._clock, self._until, self._grace = clock, until, grace
        self._awaited: set[asyncio.Timeout] = set()

    @classmethod
    def always(cls) -> "Leadership":
        """Give the leadership of a replica that is alone."""
        return cls(lambda: 0.0, float("inf"))

    def may_write(self) -> bool:
        """Tell whether we still lead; to be asked right before each write."""
        return self._clock() < self._until

    @property
    def remaining(self) -> float:
        """Seconds until it ends, unless it is extended; 0 when it has ended."""
        return max(self._until - self._clock(), 0.0)

    @asynccontextmanager
    async def awaiting(self) -> AsyncIterator[None]:
        """Wait for an answer until another may lead; for longer, if this is extended meanwhile.

        Raises:
            TimeoutError: another may lead by now.
        """
        async with asyncio.timeout(self._until_another) as limit:
            self._awaited.add(limit)
            try:
                yield
            finally:
                self._awaited.discard(limit)

    @property
    def _until_another(self) -> float:
        return self.remaining + self._grace

    def extend(self, until: float) -> None:
        """Let it last until then."""
        self._until = until
        now = asyncio.get_running_loop().time() if self._awaited else 0.0
        for limit in self._awaited:
            if not limit.expired():
                limit.reschedule(now + self._until_another)

    def end(self) -> None:
        """Let it be over."""
        self._until = float("-inf")


Lead = Callable[[Leadership], Coroutine[Any, Any, None]]
"""What a leader does until it is cancelled."""


class Election:
    """One candidate for a Lease."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        namespace: str,
        name: str,
        identity: str,
        timing: Timing | None = None,
        clock: Clock = uptime,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Sleep = asyncio.sleep,
        jitter: Jitter = random.random,
    ) -> None:
        """Stand for the lead.

        Args:
            cluster: where the Lease is; it is made if there is none.
            namespace: of the Lease.
            name: of the Lease.
            identity: who we are; no other replica may have the same.
            timing: how often it is renewed.
            clock: seconds that pass in suspended machines too.
            now: the time, for people who read the Lease.
            sleep: waits so many seconds.
            jitter: gives a random number from 0 to 1.
        """
        self._cluster, self._namespace, self._name, self._identity = cluster, namespace, name, identity
        self._timing = timing or Timing()
        self._clock, self._now, self._sleep, self._jitter = clock, now, sleep, jitter
        self._lease: Object | None = None  # as we last wrote it; None when it has to be read
        self._seen, self._seen_at = Record(), float("-inf")
        self._leadership = Leadership(clock, float("-inf"))
        self._failing = False

    @property
    def leads(self) -> bool:
        """Whether we lead at this moment."""
        return self._leadership.may_write()

    @property
    def holder(self) -> str:
        """Who led when we last looked; empty when nobody did."""
        return self._seen.holder

    async def run(self, lead: Lead) -> None:
        """Try to lead, for ever; when cancelled, stop leading and hand the Lease over.

        Args:
            lead: is run whenever we lead, and cancelled when we no longer do. When it ends by itself, so
                does this, with its error.
        """
        try:
            while True:
                await self._acquire()
                if await self._term(lead):
                    return
        finally:
            await self._release()

    async def _acquire(self) -> None:
        self._leadership = Leadership(self._clock, float("-inf"), grace=self._timing.grace)
        while not await self._hold(self._timing.renew_deadline / 2):
            wait = self._timing.retry_period * (1 + _SPREAD * self._jitter())
            if self._seen.holder:  # its end is not waited past: the next one should lead soon
                wait = min(wait, max(self._over_at() - self._clock(), self._timing.retry_period / 10))
            await self._sleep(wait)

    async def _term(self, lead: Lead) -> bool:
        """Lead until the Lease is lost; tell whether `lead` ended by itself."""
        _LOG.info("leading", extra={"identity": self._identity, "lease": self._name})
        leading = asyncio.create_task(lead(self._leadership))
        renewing = asyncio.create_task(self._renew())
        try:
            await asyncio.wait({leading, renewing}, return_when=asyncio.FIRST_COMPLETED)
            ended = leading.done()
        finally:
            self._leadership.end()
            for task in (leading, renewing):
                task.cancel()
            await asyncio.gather(leading, renewing, return_exceptions=True)
        if ended:
            leading.result()
        else:
            _LOG.warning("no longer leading", extra={"identity": self._identity, "holder": self.holder})
        return ended

    async def _renew(self) -> None:
        """Renew the Lease until it is another's, or could not be renewed in time."""
        while True:
            await self._sleep(min(self._timing.retry_period, self._leadership.remaining))
            if not self._leadership.remaining:
                return
            limit = min(self._leadership.remaining, self._timing.renew_deadline / 2)
            if not await self._hold(limit) and self._seen.holder != self._identity:
                return

    async def _hold(self, limit: float) -> bool:
        """Try once to take or keep the Lease, for so many seconds; no answer is no success."""
        try:
            async with asyncio.timeout(limit):
                held = await self._taken()
        except (ClusterError, TimeoutError) as error:
            if not self._failing:
                _LOG.warning("the Lease cannot be had: %s", str(error) or "no answer in time")
            self._failing = True
            return False
        self._failing = False
        return held

    async def _taken(self) -> bool:
        missing: NotFound | None = None
        for _ in range(2):  # a conflict means that what we knew is old: it is read, and tried once more
            try:
                lease = self._lease or await self._read()
                self._lease = None
                began = self._clock()
                if lease is None:
                    return self._won(await self._create(), began)
                if not self._is_free():
                    return False
                return self._won(await self._patch(self._taking(lease)), began)
            except (AlreadyExists, Conflict, NotFound) as error:
                self._lease, missing = None, error if isinstance(error, NotFound) else None
        if missing is not None:  # not even made anew: its namespace is not there
            raise missing
        return False

    async def _read(self) -> Object | None:
        try:
            lease = await self._cluster.get(LEASE, self._name, namespace=self._namespace)
        except NotFound:
            return None
        self._observe(lease)
        return lease

    def _observe(self, lease: Object) -> None:
        record = record_of(lease)
        if record != self._seen:
            self._seen, self._seen_at = record, self._clock()

    def _is_free(self) -> bool:
        return self._seen.holder in ("", self._identity) or self._clock() >= self._over_at()

    def _over_at(self) -> float:
        return self._seen_at + (self._seen.duration or self._timing.lease_duration)

    def _won(self, lease: Object, began: float) -> bool:
        """Note that the Lease is ours; others saw it renewed at `began` at the earliest."""
        self._lease = lease
        self._observe(lease)
        self._leadership.extend(began + self._timing.renew_deadline)
        return True

    async def _release(self) -> None:
        """Let another lead at once; where that cannot be told, the Lease ends by itself."""
        if self._seen.holder != self._identity:
            return
        try:
            async with asyncio.timeout(self._timing.renew_deadline / 2):
                handed_over = await self._handed_over()
        except (ClusterError, TimeoutError) as error:
            _LOG.warning("the Lease could not be handed over: %s", str(error) or "no answer in time")
            return
        if handed_over:
            _LOG.info("handed the Lease over", extra={"identity": self._identity, "lease": self._name})

    async def _handed_over(self) -> bool:
        for _ in range(2):  # a renewal that we did not wait for may have been written, or be written yet
            lease, self._lease = self._lease or await self._read(), None
            if lease is None or self._seen.holder != self._identity:
                return False
            try:
                await self._patch(releasing(lease, self._now()))
            except Conflict:
                continue
            return True
        return False

    def _taking(self, lease: Object) -> Object:
        return taking(lease, self._identity, self._timing, self._now())

    async def _create(self) -> Object:
        lease = new_lease(self._name, self._namespace, self._identity, self._timing, self._now())
        return await self._cluster.create(LEASE, lease, namespace=self._namespace)

    async def _patch(self, patch: Object) -> Object:
        return await self._cluster.patch(
            LEASE, self._name, patch, patch_type=PatchType.MERGE, namespace=self._namespace
        )
