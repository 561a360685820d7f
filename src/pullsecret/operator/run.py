"""One replica of the operator, from its start to its end."""

import asyncio
import logging
import signal
from asyncio.sslproto import SSLProtocol
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from pullsecret._version import __version__
from pullsecret.core.calls import Call
from pullsecret.core.errors import PullSecretError
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.settings import ClusterConfig
from pullsecret.operator.bounds import Bounds
from pullsecret.operator.controller import Controller
from pullsecret.operator.election import Election, Leadership
from pullsecret.operator.events import EventRecorder
from pullsecret.operator.metrics import Metrics
from pullsecret.operator.registries import opener
from pullsecret.operator.scope import Scope
from pullsecret.operator.serving import health_app, served
from pullsecret.operator.settings import OperatorSettings
from pullsecret.operator.telling import Telling
from pullsecret.operator.webhook import webhook_app

if TYPE_CHECKING:
    from pullsecret.operator.webhookserver import WebhookServer

_LOG = logging.getLogger(__name__)

REQUEST_LIMIT = 30.0
"""Seconds that a request to the API server may take, where nobody said otherwise."""
_LAST_EVENTS = 2.0
_PATIENCE = 10.0
_DRAIN = 5.0
TLS_BUFFER = 32 * 1024
"""Bytes that each TLS connection reads into. asyncio fills 256 KiB with zeros for each, and the API server
has a hundred open to the webhook; a TLS record is 16 KiB at most (RFC 8446, 5.1)."""


async def run(settings: OperatorSettings, config: ClusterConfig, environment: Mapping[str, str]) -> None:
    """Run one replica until SIGTERM or SIGINT: the lead is handed over, and all is closed.

    Args:
        settings: what it was told.
        config: the cluster, and who we are there.
        environment: names the proxies to registries.

    Raises:
        UsageError: a port is taken.
        InvalidInput: the configuration of the cluster cannot be used.
    """
    SSLProtocol.max_size = TLS_BUFFER
    metrics = Metrics()
    config = replace(config, request_timeout=config.request_timeout or REQUEST_LIMIT)

    def count(call: Call) -> None:
        metrics.requested(call.method, call.status or "error")

    async with ClusterClient(
        config, user_agent=f"pullsecret-operator/{__version__}", observe=count
    ) as client:
        replica = Replica(client, settings, environment, metrics)
        working = asyncio.create_task(replica.work())
        stopped = asyncio.create_task(_signalled())
        try:
            await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if stopped.done():
                replica.stop(drain=stopped.result() is signal.SIGTERM)
        finally:
            for task in (working, stopped):
                task.cancel()
            await asyncio.gather(working, stopped, return_exceptions=True)
    error = None if working.cancelled() else working.exception()
    if error is not None:
        if not isinstance(error, PullSecretError):
            _LOG.error("an error of our own ends this replica", exc_info=error)
        raise error


class Replica:
    """The parts of one replica, put together."""

    def __init__(
        self,
        client: ClusterClient,
        settings: OperatorSettings,
        environment: Mapping[str, str],
        metrics: Metrics,
    ) -> None:
        self._settings, self._metrics = settings, metrics
        self._recorder = EventRecorder(client, instance=settings.identity)
        working = client.impatient()  # the queues, and the election, try again by themselves
        self._controller = Controller(
            working,
            client,
            bounds=Bounds(frozenset(settings.source_namespaces), frozenset(settings.secret_names)),
            open_=opener(
                environment, allow_realms=settings.allow_realms, allow_local=settings.allow_local_registries
            ),
            telling=Telling(self._recorder, metrics),
            metrics=metrics,
            scope=Scope(settings.watch_namespaces),
            workers=settings.workers,
        )
        self._election = _election(working, settings) if settings.leader_election else None
        self._webhook = self._webhook_of(client)
        self._seen, self._stopping, self._drains = False, False, False

    @property
    def leads(self) -> bool:
        """Whether this replica does the work."""
        return self._seen and (self._election is None or self._election.leads)

    def not_ready(self) -> str:
        """Say why this replica serves nobody yet; empty when it does."""
        if self._stopping:
            return "stopping"
        if not self._seen:
            return "; ".join(("not everything was seen yet", *self._controller.failures()))
        return self._webhook.trouble if self._webhook else ""

    def stop(self, *, drain: bool) -> None:
        """Prepare for the end of `work`: be ready no more.

        Args:
            drain: answer the API server for a while after the lead was handed over, since it may take us for
                ready until it hears otherwise.
        """
        self._stopping, self._drains = True, drain

    async def work(self) -> None:
        """Serve and, while we lead, work; until cancelled."""
        settings = self._settings
        self._metrics.watch(
            leads=lambda: self.leads, depth=lambda: self._controller.depth, ages=self._controller.ages
        )
        app = health_app(self._metrics, not_ready=self.not_ready)
        async with served(app, host=settings.bind_address, port=settings.http_port) as port:
            _LOG.info(
                "started",
                extra={"version": __version__, "identity": settings.identity, "http_port": port,
                       "namespace": settings.namespace},
            )  # fmt: skip
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(self._recorder.run())]
                try:
                    await self._see()
                    if self._webhook is not None:
                        beside.append(group.create_task(self._webhook.run()))
                    await self._lead()
                finally:
                    await self._tell_the_last()
                    if self._drains and self._webhook and self._webhook.serving:
                        await asyncio.sleep(_DRAIN)
                    await self._controller.close()
                    for task in beside:
                        task.cancel()

    async def _lead(self) -> None:
        if self._election is None:
            await self._term(Leadership.always())
        else:
            await self._election.run(self._term)

    async def _term(self, leadership: Leadership) -> None:
        try:
            await self._controller.lead(leadership)
        finally:
            self._metrics.forget_all()

    async def _see(self) -> None:
        """See all that is there, and say now and then why not, while that is so."""
        looking = asyncio.create_task(self._controller.follow())
        try:
            while not (await asyncio.wait({looking}, timeout=_PATIENCE))[0]:
                _LOG.warning(self.not_ready())
        finally:
            looking.cancel()
        looking.result()
        self._seen = True
        _LOG.info("everything that is there was seen")

    async def _tell_the_last(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_EVENTS):
                await self._recorder.flush()

    def _webhook_of(self, client: ClusterClient) -> "WebhookServer | None":
        settings = self._settings
        if settings.webhook is None:
            return None
        from pullsecret.operator.webhookserver import WebhookServer  # 10 MB, for the certificates

        return WebhookServer(
            client,
            client,
            webhook_app(self._controller.names_for, self._metrics.admitted),
            settings=settings.webhook,
            namespace=settings.namespace,
            host=settings.bind_address,
        )


def _election(client: ClusterClient, settings: OperatorSettings) -> Election:
    return Election(
        client,
        namespace=settings.namespace,
        name=settings.lease_name,
        identity=settings.identity,
        timing=settings.timing,
    )


async def _signalled() -> signal.Signals:
    """Wait until somebody wants us to stop, and tell how; who wants it twice ends us at once."""
    loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
    stopped: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopped.put_nowait, sign)
    try:
        said = await stopped.get()
        _LOG.info("stopping")
        return said
    finally:
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(sign)
