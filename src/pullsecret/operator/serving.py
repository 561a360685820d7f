"""The operator's HTTP: `/healthz`, `/readyz`, `/metrics`; and how its servers are opened."""

import errno
import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client.exposition import choose_encoder

from pullsecret.core.errors import UsageError
from pullsecret.operator.metrics import Metrics

_GRACE = 3.0


def health_app(metrics: Metrics, *, not_ready: Callable[[], str]) -> web.Application:
    """Make the application that the kubelet and Prometheus ask.

    Args:
        metrics: what Prometheus is told.
        not_ready: says why it does not serve yet; empty when it does.
    """

    async def healthz(_: web.Request) -> web.Response:
        # A loop that hangs answers nothing at all, and a part that fails ends the process.
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        reason = not_ready()
        return web.Response(text=f"{reason}\n", status=503) if reason else web.Response(text="ok\n")

    async def scrape(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(metrics.registry), headers={"Content-Type": content_type})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", scrape)])
    return app


@asynccontextmanager
async def served(
    app: web.Application, *, host: str, port: int, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve an application and give its port.

    Args:
        app: what answers.
        host: the address to listen at; empty for all there are.
        port: 0 for any that is free.
        tls: for HTTPS.

    Raises:
        UsageError: the port is taken or may not be used.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GRACE, handle_signals=False)
    await runner.setup()
    try:
        await _listen(runner, host, port, tls)
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int, tls: ssl.SSLContext | None) -> None:
    try:
        await web.TCPSite(runner, host or None, port, ssl_context=tls).start()
    except OSError as error:
        # Where IPv6 is switched off, its wildcard address cannot be had: then IPv4 is all there is.
        if host or error.errno != errno.EADDRNOTAVAIL:
            why = os.strerror(error.errno).lower() if error.errno else str(error)
            raise UsageError(f"port {port} cannot be listened at: {why}") from error
        await _listen(runner, "0.0.0.0", port, tls)  # noqa: S104  a Pod's own address is not known before
