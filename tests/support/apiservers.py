"""The imitation's API server on loopback, without a node."""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from pullsecret.core.objects import NAMESPACE
from pullsecret.sandbox.api import Api
from pullsecret.sandbox.server import ApiServer
from pullsecret.sandbox.store import Store
from pullsecret.sandbox.upkeep import Upkeep


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_store(*, history: int = 1000) -> Store:
    """Make a store with a cluster's own namespaces."""
    store = Store(clock=utc_now, new_uid=lambda: str(uuid.uuid4()), history=history)
    Upkeep(store)
    for name in ("default", "kube-system", "kube-public", "kube-node-lease"):
        store.create(NAMESPACE, {"metadata": {"name": name}})
    return store


@asynccontextmanager
async def served_sandbox(kubeconfig: Path, *, history: int = 1000) -> AsyncIterator[Path]:
    """Serve an empty imitation cluster, and write the kubeconfig that leads to it."""
    async with ApiServer(Api(new_store(history=history), clock=utc_now)) as server:
        write_kubeconfig(kubeconfig, server.url)
        yield kubeconfig


def write_kubeconfig(kubeconfig: Path, url: str) -> None:
    """Write a kubeconfig without any identity."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sandbox", "cluster": {"server": url}}],
        "users": [{"name": "sandbox", "user": {}}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
        "current-context": "sandbox",
    }
    kubeconfig.write_text(json.dumps(config))
