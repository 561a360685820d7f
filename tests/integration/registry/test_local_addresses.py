"""Wherever a registry sends on to, the operator does not connect to its own machine.

Of this machine's loopback addresses 127.0.0.1 plays the registry out there, 127.0.0.2 the machine itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import Credential
from pullsecret.core.images import ImageReference
from pullsecret.core.realms import RealmPolicy
from pullsecret.registry import addresses
from pullsecret.registry.client import RegistryClient
from support.httpserver import json_reply, serving
from support.registryhandlers import failure_of

MakeClient = Callable[..., RegistryClient]
OWN = "127.0.0.2"


@pytest.fixture
def connected() -> list[str]:
    """What connected to this machine."""
    return []


@pytest.fixture
async def own_port(connected: list[str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(addresses, "is_local", lambda address: address == OWN)

    async def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append("connected")
        writer.close()

    async with _listening(note) as port:
        yield port


@asynccontextmanager
async def _listening(note: Callable[..., object]) -> AsyncIterator[int]:
    server = await asyncio.start_server(note, OWN, 0)  # type: ignore[arg-type]
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("leave", [False, True], ids=["without-leave", "with-leave"])
@pytest.mark.parametrize("how", ["redirect", "realm", "registry"])
async def test_nothing_is_connected_to_without_leave(
    client: MakeClient, admin: Credential, own_port: int, connected: list[str], how: str, leave: bool
) -> None:
    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        if how == "redirect":
            return web.Response(status=307, headers={"Location": f"http://{OWN}:{own_port}/v2/"})
        challenge = f'Bearer realm="https://{OWN}:{own_port}/token",service="x"'
        return json_reply({}, 401, WWW_Authenticate=challenge)

    async with serving(answer) as server:
        host = f"{OWN}:{own_port}" if how == "registry" else server.host
        image = ImageReference.parse(f"{host}/team/app:1.0")
        # The operator follows no redirect elsewhere anyway.
        policy = RealmPolicy.cli() if how == "redirect" else RealmPolicy.operator((OWN, f"{OWN}:{own_port}"))
        async with client(local_addresses=leave, policy=policy) as registries:
            failure = await failure_of(registries.manifest(image, admin))
    assert failure.cause is not Cause.CREDENTIAL_REJECTED
    assert bool(connected) == leave
