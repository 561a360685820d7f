"""What the Secrets that a list names come to: which are there, and what the kubelet would try of them."""

from dataclasses import dataclass, replace

from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.diagnosis.model import SecretKey, Snapshot
from pullsecret.core.errors import InvalidPullSecret
from pullsecret.core.faults import Fault
from pullsecret.core.keyring import Keyring
from pullsecret.core.nearmiss import NearMiss
from pullsecret.core.pullsecrets import KEYS, TYPE_JSON, TYPE_LEGACY, Secret
from pullsecret.core.sensitive import Sensitive


@dataclass(frozen=True, slots=True)
class SpoiltSecret:
    """A Secret for which the kubelet refuses the whole list, and the first reason."""

    secret: Secret
    fault: Fault


class Ring:
    """One list of Secret names in one namespace, resolved.

    Attributes:
        there: the Secrets that exist and could be read.
        missing: names of those that do not exist.
        unreadable: names of those that we could not look at.
        skipped: Secrets that the kubelet passes over in silence.
        spoilt: Secrets for which it refuses the whole list.
    """

    def __init__(self, namespace: str, names: tuple[str, ...], snapshot: Snapshot) -> None:
        """Look the names up in a snapshot."""
        self.namespace, self.names = namespace, names
        keys = [(namespace, name) for name in names]
        read = [snapshot.secrets.get(key) for key in keys]
        self.there = tuple(secret for secret in read if secret is not None)
        unread = [key for key, secret in zip(keys, read, strict=True) if secret is None]
        self.missing = tuple(key[1] for key in unread if _is_known(key, snapshot))
        self.unreadable = tuple(key[1] for key in unread if not _is_known(key, snapshot))
        self.skipped = tuple(secret for secret in self.there if secret.skipped)
        spoilt = ((secret, fault) for secret in self.there for fault in secret.faults() if fault.fatal)
        self.spoilt = tuple(SpoiltSecret(secret, fault) for secret, fault in spoilt)
        self._keyring = Keyring() if self.spoilt else Keyring.from_secrets(self.there)
        self._by_source = {secret.source: secret for secret in self.there}
        self._found: dict[str, tuple[Credential, ...]] = {}

    def tried(self, repository: str) -> tuple[Credential, ...]:
        """Give what the kubelet would send, in its order; an empty entry is `ANONYMOUS`, with its origin."""
        if repository not in self._found:
            self._found[repository] = tuple(map(_as_sent, self._keyring.lookup(repository)))
        return self._found[repository]

    def usable(self, repository: str) -> tuple[Credential, ...]:
        """Give those of them that hold anything to send, each once."""
        return tuple(
            dict.fromkeys(credential for credential in self.tried(repository) if credential != ANONYMOUS)
        )

    def near_misses(self, repository: str) -> list[NearMiss]:
        """Give the entries that look as if they were for this repository, and are not."""
        return self._keyring.near_misses(repository)

    def secret_of(self, source: str) -> Secret | None:
        """Give the Secret that a credential's origin names."""
        return self._by_source.get(source)

    def covering_despite_type(self, repository: str) -> Secret | None:
        """Find a Secret that is passed over for its type, and would cover the repository if it were not."""
        return next((s for s in self.skipped if _would_cover(s, repository)), None)


def covers(secret: Secret, repository: str) -> bool:
    """Whether the kubelet would have a login from this Secret alone for the repository."""
    try:
        found = Keyring.from_secrets([secret]).lookup(repository)
    except InvalidPullSecret:
        return False
    return any(_as_sent(credential) != ANONYMOUS for credential in found)


def _is_known(key: SecretKey, snapshot: Snapshot) -> bool:
    return key in snapshot.secrets and key not in snapshot.unreadable


def _as_sent(credential: Credential) -> Credential:
    """Keep what the kubelet uses: it knows user name and password, and no tokens."""
    if credential.identity_token or credential.registry_token:
        return replace(credential, identity_token=Sensitive(), registry_token=Sensitive())
    return credential


def _would_cover(secret: Secret, repository: str) -> bool:
    types = [kind for kind in (TYPE_JSON, TYPE_LEGACY) if secret.data.get(KEYS[kind])]
    return any(covers(replace(secret, type=kind), repository) for kind in types)
