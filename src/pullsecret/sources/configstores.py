"""The credential stores that one docker config names, and what they know."""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from pullsecret.core.credentials import Credential
from pullsecret.core.dockerconfig import DockerConfig, registry_key, same_registry
from pullsecret.core.errors import SourceError
from pullsecret.core.registrykeys import scope_of
from pullsecret.sources.helpers import SECONDS, CredentialHelper

AT_ONCE = 8
ONLY_HINT = "--only HOST leaves the others out"


def is_meant(key: str, hosts: Sequence[str]) -> bool:
    """Whether a key is of one of these registries, or is one of these keys; no hosts mean every key.

    A bare host means all of its keys; a host with a path means that path alone.
    """
    return not hosts or any(
        key == host or (same_registry(key, host) and ("/" not in host or scope_of(key) == scope_of(host)))
        for host in hosts
    )


def with_only_hint(hint: str) -> str:
    """Add to a hint that one entry's trouble can be left aside."""
    return "; ".join(filter(None, (hint, ONLY_HINT)))


class ConfigStores:
    """The credential stores that one docker config names."""

    def __init__(
        self, config: DockerConfig, place: str, environment: Mapping[str, str], seconds: float = SECONDS
    ) -> None:
        """Take the config, what messages call it, and how helpers run."""
        self._config, self._place, self._environment, self._seconds = config, place, environment, seconds
        self._outright: set[str] = set()
        self._failures: dict[str, str] = {}

    def of(self, key: str) -> CredentialHelper | None:
        """Give the helper that docker would use: the registry's own by exactly this key, else the store.

        None where the file itself keeps passwords.
        """
        own = self._config.cred_helpers.get(key)
        if own:
            return self._helper(own, f"credHelpers[{json.dumps(key)}]")
        store = self._config.creds_store
        return self._helper(store, "credsStore") if store else None

    def known_keys(self, only: Sequence[str] = ()) -> list[str]:
        """Give the keys that the file and its default store know.

        For a registry that the file does not know the store is asked outright, besides what it lists:
        some stores list only what they were asked for before (docker-credential-ecr-login).

        Args:
            only: the registries that are wanted; none mean all, and then a store must be able to list.

        Raises:
            SourceError: the store cannot list, and all are wanted.
        """
        written = [*self._config.entries, *self._config.cred_helpers]
        unknown = [host for host in only if not any(is_meant(key, [host]) for key in written)]
        if not self._config.creds_store or (only and not unknown):
            return _unique(written)
        known = _unique([*written, *self._listed(only)])
        self._outright = set(map(registry_key, unknown)).difference(known)
        return _unique([*known, *map(registry_key, unknown)])

    def ask(self, keys: Sequence[str]) -> dict[str, Credential | None]:
        """Ask for these keys' credentials, several at once; None where there is no store, or nothing in it.

        A store that fails for a key that it is only asked outright for may know nothing of it: another
        file may have it, and `why_none` tells.

        Raises:
            SourceError: a helper failed.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(keys, pool.map(self._ask, keys), strict=True))

    def why_none(self, key: str) -> str:
        """Say why there is no credential for this key."""
        if key in self._failures:
            return self._failures[key]
        helper = self.of(key)
        return f"{helper.program} has no credential for it" if helper else "has no credential in it"

    def _ask(self, key: str) -> Credential | None:
        helper = self.of(key)
        try:
            return helper.get(key) if helper else None
        except SourceError as error:
            if key not in self._outright:
                raise SourceError(error.message, hint=with_only_hint(error.hint)) from error
            self._failures[key] = error.message
            return None

    def _helper(self, suffix: str, member: str) -> CredentialHelper:
        return CredentialHelper(suffix, self._environment, self._seconds, f"{self._place}: {member}")

    def _listed(self, only: Sequence[str]) -> Iterable[str]:
        try:
            return self._helper(self._config.creds_store, "credsStore").list()
        except SourceError as error:
            if only:  # it is asked outright: whatever is wrong shows there
                return ()
            raise SourceError(error.message, hint=with_only_hint(error.hint)) from error


def _unique(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(keys))
