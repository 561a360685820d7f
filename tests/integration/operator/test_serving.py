"""What the kubelet and Prometheus are answered."""

import socket
from dataclasses import dataclass

import aiohttp
import pytest

from pullsecret.core.errors import UsageError
from pullsecret.operator.metrics import Metrics
from pullsecret.operator.serving import health_app, served

HERE = "127.0.0.1"


@dataclass
class State:
    reason: str = ""

    def app(self) -> aiohttp.web.Application:
        metrics = Metrics()
        metrics.requested("GET", 200)
        return health_app(metrics, not_ready=lambda: self.reason)


async def asked(port: int, path: str, **headers: str) -> tuple[int, str, str]:
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"http://{HERE}:{port}{path}", headers=headers)
        return answer.status, await answer.text(), answer.headers["Content-Type"]


@pytest.mark.parametrize(
    ("path", "state", "status", "text"),
    [
        pytest.param("/healthz", State(), 200, "ok\n", id="healthy"),
        pytest.param("/healthz", State(reason="x"), 200, "ok\n", id="healthy-before-it-is-ready"),
        pytest.param("/readyz", State(), 200, "ok\n", id="ready"),
        pytest.param(
            "/readyz", State(reason="not all was seen yet"), 503, "not all was seen yet\n", id="not-yet"
        ),
    ],
)
async def test_probes(path, state, status, text):
    async with served(state.app(), host=HERE, port=0) as port:
        assert (await asked(port, path))[:2] == (status, text)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param("*/*", "text/plain", id="text"),
        pytest.param(
            "application/openmetrics-text; version=1.0.0", "application/openmetrics-text", id="open"
        ),
    ],
)
async def test_metrics_in_the_format_that_was_asked_for(accept, content_type):
    async with served(State().app(), host=HERE, port=0) as port:
        status, text, given = await asked(port, "/metrics", Accept=accept)
    assert (status, given.startswith(content_type)) == (200, True)
    assert 'pullsecret_api_requests_total{code="200",verb="GET"} 1.0' in text


async def test_a_port_that_is_taken_is_said_in_one_line():
    with socket.create_server((HERE, 0)) as taken, pytest.raises(UsageError, match=r"port \d+ cannot be"):
        async with served(State().app(), host=HERE, port=taken.getsockname()[1]):
            pass


async def test_without_an_address_it_listens_at_all_of_them():
    with socket.create_server((HERE, 0)) as found:
        free = found.getsockname()[1]
    async with served(State().app(), host="", port=free) as port:
        assert port == free
        assert (await asked(port, "/healthz"))[0] == 200
