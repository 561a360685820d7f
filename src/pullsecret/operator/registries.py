"""How the operator speaks to registries: by rules that are stricter than those of a person at a terminal."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pullsecret.core.policy.model import Verify
from pullsecret.core.realms import RealmPolicy
from pullsecret.operator.verifying import Open
from pullsecret.registry.client import RegistryClient
from pullsecret.registry.lookups import OwnThreads

TIME_LIMIT = 10.0
"""Seconds that one request may take: a registry that is slower does not answer."""
_LOOK_UPS = 4  # at once, of one trial


def opener(environment: Mapping[str, str], *, allow_realms: tuple[str, ...], allow_local: bool) -> Open:
    """Give what opens a client for one trial.

    Args:
        environment: names the proxies.
        allow_realms: token services elsewhere that may be sent a password.
        allow_local: whether loopback and link-local addresses may be connected to.
    """

    @asynccontextmanager
    async def open_(verify: Verify) -> AsyncIterator[RegistryClient]:
        resolver = OwnThreads(_LOOK_UPS)
        try:
            async with RegistryClient(
                environment=environment,
                policy=RealmPolicy.operator(allow_realms),
                plain_http=lambda _host: verify.plain_http,
                time_limit=TIME_LIMIT,
                resolver=resolver,
                ca_pem=verify.ca_bundle,
                local_addresses=allow_local,
            ) as client:
                yield client
        finally:
            await resolver.close()

    return open_
