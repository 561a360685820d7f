"""Keeps the webhook going: its authority, its own certificate, and our CA in the configuration.

Where there is no MutatingWebhookConfiguration nothing is made or served; it is followed, and so is the Secret
that the replicas share: what changes there is looked at soon, and mended with back-off.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime, timedelta

from aiohttp import web

from pullsecret.app.ports import Cluster, Watcher
from pullsecret.core.errors import NotFound
from pullsecret.core.objects import MUTATING_WEBHOOK_CONFIGURATION, SECRET, Kind
from pullsecret.operator.authority import Shared, shared_authority
from pullsecret.operator.certificates import Authority, Pair, server_context, use
from pullsecret.operator.queue import WorkQueue
from pullsecret.operator.serving import served
from pullsecret.operator.settings import WebhookSettings
from pullsecret.operator.webhookconfig import put_bundle

_LOG = logging.getLogger(__name__)

_SPREADING = timedelta(minutes=6)
"""How old an authority must be before a good certificate of another is given up for it: every API server
should have heard of it by then. Its time begins five minutes before it is made."""
_LONGEST = timedelta(hours=1)  # a clock that was put right, a machine that slept
_ALL, _TIME = "webhook", "time"


class WebhookServer:
    """One replica's webhook."""

    def __init__(
        self,
        cluster: Cluster,
        watcher: Watcher,
        app: web.Application,
        *,
        settings: WebhookSettings,
        namespace: str,
        host: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make it; `run` serves.

        Args:
            cluster: where Secret and configuration are.
            watcher: tells when they change.
            app: what answers.
            settings: its names, addresses and port.
            namespace: the operator's own.
            host: the address to listen at; empty for all.
            now: the time.
        """
        self._cluster, self._watcher, self._app = cluster, watcher, app
        self._settings, self._namespace, self._host, self._now = settings, namespace, host, now
        self._queue: WorkQueue[str] = WorkQueue()
        self._context = server_context()
        self._pair: Pair | None = None
        self._shared: Shared | None = None
        self._issuer = ""
        self._said, self._unwanted = "", False
        self.port = 0

    @property
    def serving(self) -> bool:
        """Whether it answers."""
        return self.port != 0

    @property
    def trouble(self) -> str:
        """Why it does not answer though it should; empty when it does, and where nobody configured it."""
        return "" if self.serving or self._unwanted else self._said or "the webhook was not looked after yet"

    def look(self) -> None:
        """Look at Secret, configuration and certificates soon."""
        self._queue.add(_ALL)

    async def run(self) -> None:
        """Serve until cancelled."""
        settings = self._settings
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            group.create_task(self._follow(MUTATING_WEBHOOK_CONFIGURATION, settings.configuration))
            group.create_task(self._follow(SECRET, settings.secret, self._namespace))

            async def work(key: str) -> None:
                if key == _ALL:
                    await self._settle(stack)
                elif self._is_time():
                    self.look()
                self._look_at_the_clock()

            self.look()
            await self._queue.run(work, 1, failed=self._failed)

    async def _follow(self, kind: Kind, name: str, namespace: str = "") -> None:
        followed = self._watcher.follow(
            kind, namespace=namespace, field_selector=f"metadata.name={name}", metadata_only=True
        )
        async with aclosing(followed):
            async for _ in followed:
                self.look()

    async def _settle(self, stack: AsyncExitStack) -> None:
        settings, now = self._settings, self._now()
        try:
            await self._cluster.get(MUTATING_WEBHOOK_CONFIGURATION, settings.configuration)
        except NotFound:
            self._unwanted = True
            self._say(
                f"there is no MutatingWebhookConfiguration {settings.configuration}: no webhook is served"
            )
            return
        self._unwanted = False
        shared = self._shared = await shared_authority(
            self._cluster, namespace=self._namespace, name=settings.secret, now=now
        )
        if await put_bundle(self._cluster, settings.configuration, shared.bundle):
            _LOG.info(
                "our CA was put into the webhook configuration",
                extra={"configuration": settings.configuration},
            )
        if self._is_due(shared, now):
            self._renew(shared.authority, now)
        if not self.serving:
            self.port = await stack.enter_async_context(
                served(self._app, host=self._host, port=settings.port, tls=self._context)
            )
            _LOG.info("the webhook is served", extra={"port": self.port})
        self._said = ""

    def _is_time(self) -> bool:
        """Tell whether a certificate is due; all else is told by the watches, so that nothing is asked."""
        shared, now = self._shared, self._now()
        return shared is None or now >= shared.authority.pair.renewal or self._is_due(shared, now)

    def _look_at_the_clock(self) -> None:
        """See to it that a certificate is renewed in time."""
        if self._shared is not None and not self._unwanted:
            self._queue.add_after(_TIME, self._until_next(self._shared, self._now()).total_seconds())

    def _is_due(self, shared: Shared, now: datetime) -> bool:
        pair = self._pair
        if pair is None or not shared.trusts(self._issuer) or not pair.holds(now):
            return True
        if now < pair.renewal:
            return False
        return self._issuer == shared.authority.pair.pem or now >= shared.authority.pair.begins + _SPREADING

    def _renew(self, authority: Authority, now: datetime) -> None:
        self._pair = authority.issue(self._settings.hosts(self._namespace), now)
        self._issuer = authority.pair.pem
        use(self._context, self._pair)
        _LOG.info("the webhook has a new certificate", extra={"until": self._pair.ends.isoformat()})

    def _until_next(self, shared: Shared, now: datetime) -> timedelta:
        """Give the time until a certificate is due; those that wait for a new authority look each minute."""
        renewals = [shared.authority.pair.renewal, self._pair.renewal if self._pair else now]
        return min(max(min(renewals) - now, timedelta(minutes=1)), _LONGEST)

    def _failed(self, _: str, error: Exception) -> None:
        self._say(f"the webhook cannot be kept: {error}")

    def _say(self, text: str) -> None:
        """Say a thing once, until it is well or another is wrong."""
        if text != self._said:
            _LOG.warning(text)
        self._said = text
