"""Worlds in which every cause can be made: a cluster with its registries, and odd ones that serve it too.

The odd registries are the sandbox's and listen on loopback, where the test cluster's node reaches them too.
"""

import base64
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from pullsecret.core.sensitive import Sensitive
from pullsecret.registry.client import RegistryClient
from pullsecret.sandbox.accounts import Scheme, User
from pullsecret.sandbox.certificates import Authority
from pullsecret.sandbox.images import image, index
from pullsecret.sandbox.misbehaviour import Failure
from pullsecret.sandbox.registry_server import RegistryServer, RegistrySpec
from support.pullworlds import PullWorld, real_world, sandbox_world

NAME = "harbor.test"
"""A name of this machine: in the sandbox by the resolver below, in the test cluster by /etc/hosts."""
ODD = User("odd", Sensitive("odd-password"), pull=("arm/*", "limited/*", "broken/*", "page/*"))
FAILURES: dict[str, dict[str, Any]] = {
    "limited": {"kind": Failure.RATE_LIMITED},
    "broken": {"kind": Failure.SERVER_ERROR, "status": 503},
    "page": {"kind": Failure.HTML},
}
IMAGES = {
    "arm/app:1": index("arm", architectures=("arm64", "riscv64")),
    "armimage/app:1": image("arm", architecture="arm64"),
    "other/app:1": image("other"),
} | {f"{name}/app:1": image(name) for name in FAILURES}


class Names(AbstractResolver):
    """Knows the names of this machine in a sandbox, and no others."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host != NAME:
            raise OSError(f"no such host: {host}")
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        pass


class Misnamed(Authority):
    """Makes certificates for `NAME`, whatever address a registry listens on."""

    def server_context(self, hosts: Any) -> Any:
        return super().server_context([NAME])


@dataclass(frozen=True)
class DoctorWorld:
    """A cluster, and how registries are asked from beside it.

    Attributes:
        kind: ``sandbox`` or ``real``.
        hosts: the registries, as images name them, by what they are.
        logins: user name and password by what they are good for.
        registries: makes a client that trusts the cluster's authorities, as its node does.
        trusting: makes one that trusts the stranger's too.
        odd: the registry that fails when it is told to.
        quiet: one that lets anybody in, and that no scenario uses.
    """

    kind: str
    pulls: PullWorld
    hosts: dict[str, str]
    logins: dict[str, tuple[str, str]]
    registries: Callable[[], RegistryClient]
    trusting: Callable[[], RegistryClient]
    odd: RegistryServer = field(repr=False)
    quiet: RegistryServer = field(repr=False)

    def text(self, template: str) -> str:
        """Fill in the registries: ``{plain}/lnmp/nginx:v2``."""
        return template.format_map(self.hosts)

    def hidden(self) -> set[str]:
        """Give what must not be shown: the passwords, and every base64 form of them."""
        secrets = {password for _, password in self.logins.values()}
        pairs = {f"{user}:{password}" for user, password in self.logins.values()}
        return secrets | {base64.b64encode(text.encode()).decode().rstrip("=") for text in secrets | pairs}


@asynccontextmanager
async def sandbox_doctor_world(folder: Path) -> AsyncIterator[DoctorWorld]:
    async with sandbox_world(folder / "kubeconfig", resolver=Names()) as pulls, _odd(folder) as odd:
        hosts = {"misnamed": _at(NAME, pulls.token.host), "http": _at(NAME, pulls.plain.host)}
        yield _world("sandbox", pulls, odd, hosts, folder, Names())


@asynccontextmanager
async def real_doctor_world(
    folder: Path, kubeconfig: str, environment: dict[str, str]
) -> AsyncIterator[DoctorWorld]:
    pulls = real_world(kubeconfig, environment)
    tls = environment["E2E_TLS_REGISTRY"]
    hosts = {
        "misnamed": _at("node1", tls),
        "http": _at(NAME, pulls.plain.host),
        "https": _at("127.0.0.1", tls),
    }
    async with _odd(folder) as odd:
        yield _world("real", pulls, odd, hosts, folder, None)


@asynccontextmanager
async def _odd(folder: Path) -> AsyncIterator[tuple[RegistryServer, ...]]:
    """Run the registry that does what good ones do not, one whose authority nobody knows, and a quiet one."""
    authority = Misnamed.create(datetime.now(UTC))
    (folder / "stranger.crt").write_bytes(authority.certificate_pem)
    odd = RegistryServer(RegistrySpec("odd", users=(ODD,), images=IMAGES))
    stranger = RegistryServer(RegistrySpec("stranger", tls=True), authority)
    async with odd, stranger, RegistryServer(RegistrySpec("quiet", Scheme.NONE)) as quiet:
        for name, how in FAILURES.items():
            odd.fail(where=f"/{name}/", **how)
        yield odd, stranger, quiet


def _world(
    kind: str,
    pulls: PullWorld,
    odd: tuple[RegistryServer, ...],
    hosts: dict[str, str],
    folder: Path,
    resolver: AbstractResolver | None,
) -> DoctorWorld:
    ours = Path(pulls.token.ca_file).read_bytes()
    both = folder / "both.crt"
    both.write_bytes(ours + b"\n" + (folder / "stranger.crt").read_bytes())

    def client(ca_file: str) -> Callable[[], RegistryClient]:
        return lambda: RegistryClient(ca_file=ca_file, environment={}, resolver=resolver)

    hosts |= {
        "plain": pulls.plain.host,
        "token": pulls.token.host,
        "odd": odd[0].host,
        "stranger": _at(NAME, odd[1].host),
        "closed": "127.0.0.1:1",
        "nowhere": "registry.nowhere.test",
    }
    logins = {
        "plain": (pulls.plain.username, pulls.plain.password),
        "token": (pulls.token.username, pulls.token.password),
        "odd": (ODD.name, ODD.password.reveal()),
        "wrong": (pulls.plain.username, "no-such-passw0rd"),
        "wrong-token": (pulls.token.username, "no-such-passw0rd"),
        "expired": (pulls.plain.username, _token(expires=1_700_000_000)),
    }
    return DoctorWorld(
        kind, pulls, hosts, logins, client(pulls.token.ca_file), client(str(both)), odd[0], odd[2]
    )  # fmt: skip


def _at(name: str, host: str) -> str:
    """Give the same port of another name of this machine."""
    return f"{name}:{host.rpartition(':')[2]}"


def _token(*, expires: int) -> str:
    parts = ({"alg": "RS256", "typ": "JWT"}, {"sub": "robot", "exp": expires})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "c2lnbmF0dXJl"])
