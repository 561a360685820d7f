"""Which credentials the kubelet would try for an image, and why near misses do not match."""

from dataclasses import dataclass

from pullsecret.app.keyrings import Gathered
from pullsecret.core.credentials import Credential
from pullsecret.core.images import ImageReference
from pullsecret.core.keyring import Keyring
from pullsecret.core.nearmiss import NearMiss


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

    @property
    def covered(self) -> bool:
        """Whether there is anything to try; an entry without a login is tried, and is as good as none."""
        return any(not credential.anonymous for credential in self.credentials)


def match(image: ImageReference, gathered: Gathered) -> MatchReport:
    """Look an image up in the Secrets that count; pure."""
    refused = gathered.refused()
    keyring = Keyring() if refused else gathered.keyring()
    return MatchReport(
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
