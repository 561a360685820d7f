"""How the operator speaks to registries: by rules that are stricter than those of a person at a terminal."""

from collections.abc import Mapping

from pullsecret.core.policy.model import Verify
from pullsecret.core.realms import RealmPolicy
from pullsecret.operator.verifying import Open
from pullsecret.registry.client import RegistryClient

TIME_LIMIT = 10.0
"""Seconds that one request may take: a registry that is slower does not answer."""


def opener(environment: Mapping[str, str], *, allow_realms: tuple[str, ...], allow_local: bool) -> Open:
    """Give what opens a client for one trial.

    Args:
        environment: names the proxies.
        allow_realms: token services elsewhere that may be sent a password.
        allow_local: whether loopback and link-local addresses may be connected to.
    """

    def open_(verify: Verify) -> RegistryClient:
        return RegistryClient(
            environment=environment,
            policy=RealmPolicy.operator(allow_realms),
            plain_http=lambda _host: verify.plain_http,
            time_limit=TIME_LIMIT,
            ca_pem=verify.ca_bundle,
            local_addresses=allow_local,
        )

    return open_
