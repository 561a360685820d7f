"""The webhook's configuration as an installation has it, for an operator that runs beside the cluster."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pullsecret.core.errors import AlreadyExists, NotFound
from pullsecret.core.installation import Installation
from pullsecret.core.installation.webhook import webhook_configuration
from pullsecret.core.objects import MUTATING_WEBHOOK_CONFIGURATION, Object
from pullsecret.kube.client import ClusterClient

PORT = 18443


@asynccontextmanager
async def configured(cluster: ClusterClient, name: str) -> AsyncIterator[list[str]]:
    """Have the API server ask a port of this machine; give the operator's flags for it."""
    wanted = webhook_configuration(Installation(namespace=name, image="unused", name=name))
    url = f"https://127.0.0.1:{PORT}/serviceaccounts"
    wanted["webhooks"][0]["clientConfig"] = {"url": url}
    with contextlib.suppress(AlreadyExists):
        await cluster.create(MUTATING_WEBHOOK_CONFIGURATION, wanted)
    try:
        yield [f"--webhook-url={url}", f"--webhook-port={PORT}", f"--webhook-configuration={name}"]
    finally:
        with contextlib.suppress(NotFound):
            await cluster.delete(MUTATING_WEBHOOK_CONFIGURATION, name)


async def trusted(cluster: ClusterClient, name: str) -> None:
    """Wait until the API server trusts the webhook, and has heard that it does, of which it tells nobody."""
    found: Object = {}
    while not found.get("caBundle"):
        await asyncio.sleep(0.1)
        configuration = await cluster.get(MUTATING_WEBHOOK_CONFIGURATION, name)
        found = configuration["webhooks"][0]["clientConfig"]
    await asyncio.sleep(2.0)
