"""Who the server is, and who we are, by certificates."""

import os
import socket
import ssl
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from pullsecret.core.errors import ClusterUnreachable, InvalidInput
from pullsecret.core.objects import NAMESPACE
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube import tls
from pullsecret.kube.settings import ClientCertificate, Identity, ServerTrust
from support.certificates import Authority, Signed, key_pem
from support.httpserver import Server, json_reply, serving
from support.showing import all_shown

from .conftest import MakeClient

AUTHORITY = Authority()
OURS = AUTHORITY.sign("127.0.0.1", "kubernetes.default")


async def whoami(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    peer = request.transport.get_extra_info("peercert") or {}
    names = {key: value for part in peer.get("subject", ()) for key, value in part}
    return json_reply({"metadata": {}, "client": names.get("commonName", "")})


@asynccontextmanager
async def https(folder: Path, signed: Signed = OURS, *, clients: str = "") -> AsyncIterator[Server]:
    async with serving(whoami, tls=signed.server_context(folder, clients=clients)) as server:
        yield server


@pytest.mark.parametrize(
    ("signed", "trust"),
    [
        pytest.param(OURS, ServerTrust(AUTHORITY.pem), id="authority"),
        pytest.param(OURS, ServerTrust(Authority("another").pem + AUTHORITY.pem), id="one of several"),
        pytest.param(OURS, ServerTrust(OURS.certificate), id="the server's own certificate as anchor"),
        pytest.param(OURS, ServerTrust(insecure=True), id="unchecked"),
        pytest.param(AUTHORITY.sign("else"), ServerTrust(insecure=True), id="unchecked name"),
        pytest.param(
            AUTHORITY.sign("inner.test"),
            ServerTrust(AUTHORITY.pem, server_name="inner.test"),
            id="server name",
        ),
    ],
)
async def test_a_server_that_is_trusted(
    client_of: MakeClient, tmp_path: Path, signed: Signed, trust: ServerTrust
) -> None:
    async with https(tmp_path, signed) as server, client_of(server, scheme="https", trust=trust) as cluster:
        assert await cluster.get(NAMESPACE, "web") == {"metadata": {}, "client": ""}


@pytest.mark.parametrize(
    ("signed", "trust", "message", "hint"),
    [
        pytest.param(
            OURS, ServerTrust(), "signed by an authority that", "kubeconfig anew", id="system authorities"
        ),
        pytest.param(
            OURS,
            ServerTrust(Authority("another").pem),
            "signed by an authority that",
            "kubeconfig anew",
            id="another",
        ),
        pytest.param(
            OURS,
            ServerTrust(Authority().pem),
            "signed by an authority that",
            "kubeconfig anew",
            id="namesake",
        ),
        pytest.param(
            AUTHORITY.sign("127.0.0.1", days=(-2, -1)),
            ServerTrust(AUTHORITY.pem),
            "its certificate has expired",
            "clock",
            id="expired",
        ),
        pytest.param(
            AUTHORITY.sign("127.0.0.1", days=(1, 2)),
            ServerTrust(AUTHORITY.pem),
            "its certificate is not valid yet",
            "clock",
            id="not yet valid",
        ),
        pytest.param(
            AUTHORITY.sign("other.test"),
            ServerTrust(AUTHORITY.pem),
            "its certificate is not for '127.0.0.1'",
            "tls-server-name",
            id="another name",
        ),
        pytest.param(
            AUTHORITY.sign(common_name="127.0.0.1"),
            ServerTrust(AUTHORITY.pem),
            "its certificate is not for '127.0.0.1'",
            "tls-server-name",
            id="common name alone",
        ),
        pytest.param(
            OURS,
            ServerTrust(AUTHORITY.pem, server_name="no.test"),
            "its certificate is not for 'no.test'",
            "tls-server-name",
            id="another server name",
        ),
    ],
)
async def test_a_server_that_is_not(
    client_of: MakeClient, tmp_path: Path, signed: Signed, trust: ServerTrust, message: str, hint: str
) -> None:
    async with https(tmp_path, signed) as server, client_of(server, scheme="https", trust=trust) as cluster:
        with pytest.raises(ClusterUnreachable, match=message) as caught:
            await cluster.get(NAMESPACE, "web")
    assert caught.value.message.startswith(f"https://127.0.0.1:{server.port}")
    assert hint in caught.value.hint


async def test_https_at_a_port_that_speaks_http(client_of: MakeClient) -> None:
    async with serving(whoami) as server, client_of(server, scheme="https") as cluster:
        with pytest.raises(ClusterUnreachable, match="does not speak TLS"):
            await cluster.get(NAMESPACE, "web")


def identity(signed: Signed) -> Identity:
    return Identity(certificate=ClientCertificate(signed.certificate, Sensitive(signed.key)))


async def test_a_client_certificate_is_shown_and_leaves_no_file(
    client_of: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    settings = {"trust": ServerTrust(AUTHORITY.pem), "identity": identity(AUTHORITY.sign(common_name="jane"))}
    for in_memory in (True, False):
        if not in_memory:
            monkeypatch.delattr(os, "memfd_create", raising=False)
        async with (
            https(tmp_path, clients=AUTHORITY.pem) as server,
            client_of(server, scheme="https", **settings) as cluster,
        ):
            assert await cluster.get(NAMESPACE, "web") == {"metadata": {}, "client": "jane"}
    assert not list((tmp_path / "tmp").iterdir())


@contextmanager
def refusing_server(context: ssl.SSLContext) -> Iterator[Server]:
    """Serve nothing but handshakes, in a thread: asyncio's servers close without telling why."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                shake(listener.accept()[0])

    def shake(connection: socket.socket) -> None:
        connection.settimeout(10)
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as wrapped:
            with suppress(OSError):
                wrapped.do_handshake()
            with suppress(OSError):  # what is unread when a socket is closed would reset it, alert and all
                while os.read(wrapped.fileno(), 65536):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Server(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    "proof",
    [
        pytest.param(Identity(), id="none"),
        pytest.param(identity(Authority().sign(common_name="jane")), id="of another authority"),
        pytest.param(identity(AUTHORITY.sign(common_name="jane", days=(-2, -1))), id="expired"),
    ],
)
async def test_a_client_certificate_that_the_server_refuses(
    client_of: MakeClient, tmp_path: Path, proof: Identity
) -> None:
    settings = {"trust": ServerTrust(AUTHORITY.pem), "identity": proof}
    with refusing_server(OURS.server_context(tmp_path, clients=AUTHORITY.pem)) as server:
        async with client_of(server, scheme="https", **settings) as cluster:
            with pytest.raises(ClusterUnreachable, match="does not accept our client certificate") as caught:
                await cluster.get(NAMESPACE, "web")
    assert "it may have expired" in caught.value.hint


def encrypted() -> str:
    return key_pem(ec.generate_private_key(ec.SECP256R1()), b"hunter2")


@pytest.mark.parametrize(
    ("certificate", "message"),
    [
        pytest.param(
            ClientCertificate(OURS.certificate, Sensitive("hunter2")), "cannot be read", id="no key"
        ),
        pytest.param(
            ClientCertificate("hunter2", Sensitive(OURS.key)), "cannot be read", id="no certificate"
        ),
        pytest.param(
            ClientCertificate(OURS.certificate, Sensitive(AUTHORITY.sign().key)),
            "do not belong together",
            id="pair",
        ),
        pytest.param(
            ClientCertificate(OURS.certificate, Sensitive(encrypted())),
            "the client key is encrypted",
            id="encrypted",
        ),
    ],
)
def test_a_certificate_that_cannot_be_used(certificate: ClientCertificate, message: str) -> None:
    with pytest.raises(InvalidInput, match=f"~/.kube/config: .*{message}") as caught:
        tls.tls_context(ServerTrust(), certificate, place="~/.kube/config")
    assert "hunter2" not in all_shown(caught.value).replace("tests/integration", "")
    assert certificate.key.reveal() not in all_shown(caught.value)


def test_an_authority_that_cannot_be_used() -> None:
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    with pytest.raises(InvalidInput, match="here: the certificate authority cannot be read"):
        tls.tls_context(ServerTrust(broken), None, place="here")


def test_old_tls_is_not_spoken() -> None:
    assert tls.tls_context(ServerTrust(), None, place="").minimum_version == ssl.TLSVersion.TLSv1_2


@contextmanager
def deaf_server(context: ssl.SSLContext) -> Iterator[Server]:
    """Send one event of a watch over TLS, then hear nothing more, not even that the client leaves."""
    over = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with context.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(65536)
            line = b'{"type":"ADDED","object":{"metadata":{"name":"web"}}}\n'
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            wrapped.sendall(head + b"%x\r\n%s\r\n" % (len(line), line))
            over.wait(10)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Server(listener.getsockname()[1])
        finally:
            over.set()
            thread.join()


async def test_a_stream_that_is_left_ends_at_once(client_of: MakeClient, tmp_path: Path) -> None:
    with deaf_server(OURS.server_context(tmp_path)) as server:
        async with (
            client_of(server, scheme="https", trust=ServerTrust(AUTHORITY.pem)) as cluster,
            aclosing(cluster.watch(NAMESPACE)) as events,
        ):
            assert (await anext(events))[0] == "ADDED"
        assert not open_connections(server.port)


def open_connections(port: int) -> list[str]:
    """Give this process's established connections to a port of this machine, as Linux lists them."""
    mine = {str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[9] for row in rows if row[2].endswith(f":{port:04X}") and f"socket:[{row[9]}]" in mine]
