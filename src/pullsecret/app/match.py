"""Which credentials the kubelet would try for an image, and why near misses do not match."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pullsecret.app.keyrings import Gathered
from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.errors import InvalidPullSecret
from pullsecret.core.images import ImageReference
from pullsecret.core.keyring import Keyring
from pullsecret.core.nearmiss import NearMiss
from pullsecret.core.pullsecrets import Secret


@dataclass(frozen=True, slots=True)
class Unnamed:
    """An entry of a Secret that is there, and that nobody whose Secrets count names.

    Attributes:
        username: of its login.
        miss: why it would not match; None where it would.
    """

    origin: Origin
    username: str = ""
    miss: NearMiss | None = None


@dataclass(frozen=True, slots=True)
class MatchReport:
    """What the kubelet would try.

    Attributes:
        image: the image as it was given.
        repository: its repository, with Docker Hub's names made whole: what keys are matched against.
        because: where the Secrets' names come from.
        secrets: names of the Secrets that are there.
        missing: names of Secrets that are not.
        skipped: Secrets that the kubelet passes over in silence, with their type.
        refused: why the kubelet refuses the whole keyring; empty when it does not.
        credentials: what it would try, in its order.
        near_misses: entries for something alike, and what differs.
        unnamed: where nothing matches, entries of other Secrets that do, or nearly.
    """

    image: str
    repository: str
    because: str
    namespace: str
    secrets: tuple[str, ...]
    missing: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    refused: str
    credentials: tuple[Credential, ...]
    near_misses: tuple[NearMiss, ...]
    unnamed: tuple[Unnamed, ...] = ()

    @property
    def covered(self) -> bool:
        """Whether there is anything to try; an entry without a login is tried, and is as good as none."""
        return any(not credential.anonymous for credential in self.credentials)


def match(image: ImageReference, gathered: Gathered) -> MatchReport:
    """Look an image up in the Secrets that count; pure."""
    refused = gathered.refused()
    keyring = Keyring() if refused else gathered.keyring()
    report = MatchReport(
        image=image.text,
        repository=image.repository,
        because=gathered.because,
        namespace=gathered.namespace,
        secrets=tuple(secret.name for secret in gathered.secrets),
        missing=gathered.missing,
        skipped=tuple((s.name, s.type) for s in gathered.secrets if s.skipped),
        refused=refused,
        credentials=tuple(keyring.lookup(image.repository)),
        near_misses=tuple(keyring.near_misses(image.repository)),
    )
    if report.covered:
        return report
    found = (each for secret in gathered.unnamed for each in _unnamed(secret, image.repository))
    return replace(report, unnamed=tuple(sorted(found, key=lambda each: each.miss is not None)))


def _unnamed(secret: Secret, repository: str) -> Iterator[Unnamed]:
    """Look one Secret up by itself; one that the kubelet would refuse helps nobody."""
    try:
        keyring = Keyring.from_secrets([secret])
    except InvalidPullSecret:
        return
    for credential in keyring.lookup(repository):
        if not credential.anonymous:
            yield Unnamed(credential.origin, credential.username)
    for miss in keyring.near_misses(repository):
        yield Unnamed(miss.origin, miss=miss)
