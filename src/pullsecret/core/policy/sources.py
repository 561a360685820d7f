"""From source Secrets to what the copies hold: one docker config, or a reason why there is none."""

import binascii
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.dockerconfig import DockerConfig, registry_key
from pullsecret.core.errors import InvalidInput, InvalidPullSecret
from pullsecret.core.expiry import expiry_of
from pullsecret.core.objects import Object
from pullsecret.core.policy.model import USERNAME_KEY, BasicSource, Policy, SecretRef, Source
from pullsecret.core.policy.names import POLICY_UID, REGISTRY
from pullsecret.core.pullsecrets import KEYS, Secret
from pullsecret.core.registrykeys import registry_of
from pullsecret.core.sensitive import Sensitive

_BASIC_TYPES = ("kubernetes.io/basic-auth", "Opaque")
CREDENTIALS_MOST, KEY_LONGEST = 500, 512
"""How many credentials a policy hands out, and how long their keys are: its status names each, and has to fit
into an object of the API server together with the rest (1.5 MiB in etcd)."""
_SHOWN = 3


class SourceMissing(InvalidInput):
    """A source Secret, or its namespace, is not there."""


class SourceInvalid(InvalidInput):
    """A source Secret holds nothing that could be handed out."""


@dataclass(frozen=True, slots=True)
class HeldCredential:
    """One registry's credential, with the source that it is from.

    Attributes:
        key: the docker config's key.
        registry: the host that the key speaks to, with a path where it is only for some repositories.
        name: what it is called by: its registry; its key where a policy holds several for one registry.
        username: as others may see it; empty where the policy's author chose the key that it is read from,
            which may be that of a password.
        source_uid: with `source_version` it says which state of which Secret this is.
    """

    key: str
    registry: str
    name: str
    username: str
    credential: Credential
    expires: datetime | None
    source_uid: str
    source_version: str


@dataclass(frozen=True, slots=True)
class Content:
    """What the copies of a policy hold."""

    config: DockerConfig
    credentials: tuple[HeldCredential, ...]

    @property
    def versions(self) -> frozenset[tuple[str, str]]:
        """Which states of which sources it was made of."""
        return frozenset((held.source_uid, held.source_version) for held in self.credentials)

    @property
    def data(self) -> str:
        """The base64 that stands in each copy under `.dockerconfigjson`."""
        return binascii.b2a_base64(self.config.to_secret_bytes(), newline=False).decode("ascii")


NOTHING = Content(DockerConfig.empty(), ())
"""What is handed out where nothing is."""


def content_of(policy: Policy, secrets: Mapping[SecretRef, Object]) -> Content:
    """Merge a policy's sources.

    Args:
        policy: whose sources.
        secrets: what is there of them.

    Raises:
        SourceMissing: one is not there.
        SourceInvalid: one is of the wrong type, malformed, empty or partial, names another registry, or is
            a copy that the policy made; or two have a credential for one registry, and nobody could tell
            which one counts; or they are too many.
    """
    config, credentials = DockerConfig.empty(), list[HeldCredential]()
    for position, source in enumerate(policy.sources):
        place = f"spec.credentials[{position}]"
        if source.ref not in secrets:
            raise SourceMissing(f"there is no Secret {source.ref}", place=place)
        secret = _read(secrets[source.ref], place)
        _refuse_own_copy(policy, secret, place)
        held = _held(source, secret, place)
        _refuse_masses(len(credentials), held, source, place)
        _refuse_doubles(credentials, held, place)
        config = config.merged(held)
        credentials += _credentials(source, secret, held)
    return Content(config, tuple(credentials))


def _read(obj: Object, place: str) -> Secret:
    try:
        return Secret.from_manifest(obj)
    except InvalidPullSecret as error:
        raise SourceInvalid(f"a source cannot be read: {error.message}", place=place) from error


def _refuse_own_copy(policy: Policy, secret: Secret, place: str) -> None:
    """Refuse a policy that copies its own copy: nobody else keeps that, and it goes when the policy does."""
    if policy.uid and secret.annotations.get(POLICY_UID) == policy.uid:
        raise SourceInvalid(
            f"Secret {secret.source} is a copy that this policy made",
            place=place,
            hint=f"name the Secret that it was made from; to keep this one yourself, take the annotation "
            f"{POLICY_UID} off it",
        )


def _held(source: Source, secret: Secret, place: str) -> DockerConfig:
    config = _basic(source, secret, place) if isinstance(source, BasicSource) else _whole(secret, place)
    if not config.entries:
        raise SourceInvalid(f"Secret {source.ref} holds no credential", place=place)
    return config


def _whole(secret: Secret, place: str) -> DockerConfig:
    if secret.type not in KEYS:
        raise SourceInvalid(
            f"Secret {secret.source} is of type {secret.type}, and must be {' or '.join(KEYS)}", place=place
        )
    try:
        config = secret.config
    except InvalidPullSecret as error:
        raise SourceInvalid(f"Secret {error.message}", place=place) from error
    refuse_partial(secret, config, place)
    return config.credentials_only()


def refuse_partial(secret: Secret, config: DockerConfig, place: str = "") -> None:
    """Refuse a source in which some entry holds no credential.

    `docker login` leaves such an entry where it has put the login into a credential store. Handed out, the
    rest would take the place of a copy in which that registry still had its login.

    Raises:
        SourceInvalid: it is so; names the Secret, its key and the entries.
    """
    empty = [key for key, entry in config.entries.items() if not entry.has_credential]
    if not empty:
        return
    names = ", ".join(key if len(key) <= KEY_LONGEST else f"{key[:KEY_LONGEST]}…" for key in empty[:_SHOWN])
    names += f" and {len(empty) - _SHOWN} more" if len(empty) > _SHOWN else ""
    they = f"the entry of {names} holds" if len(empty) == 1 else f"the entries of {names} hold"
    raise SourceInvalid(
        f"Secret {secret.source} is partial: in {KEYS[secret.type]} {they} no credential, as `docker login` "
        "leaves it with a credential store",
        place=place,
        hint="put each login in with `add`, or take the entry out with `remove`",
    )


def _basic(source: BasicSource, secret: Secret, place: str) -> DockerConfig:
    """Make an entry of a user name and a password; only for the host that the Secret itself names."""
    if secret.type not in _BASIC_TYPES:
        raise SourceInvalid(
            f"Secret {secret.source} is of type {secret.type}, and must be {' or '.join(_BASIC_TYPES)}",
            place=place,
        )
    named = secret.annotations.get(REGISTRY, "").split(",")
    if source.registry not in [host.strip() for host in named]:
        raise SourceInvalid(
            f"Secret {secret.source} does not say, by its annotation {REGISTRY}, that it is for "
            f"{source.registry}",
            place=f"{place}.registry",
        )
    username, password = _text(secret, source.username_key, place), _text(secret, source.password_key, place)
    if ":" in username.reveal():
        raise SourceInvalid(f"the user name in Secret {secret.source} holds a colon", place=place)
    key = registry_key(source.registry)
    return DockerConfig.empty().with_entry(key, username.reveal(), password.reveal())


def _text(secret: Secret, key: str, place: str) -> Sensitive:
    """Read a text, without the line break that an editor or `echo` put after it."""
    text: Sensitive | None
    try:
        text = Sensitive(secret.data.get(key, b"").decode().rstrip("\r\n"))
    except UnicodeDecodeError:
        text = None  # nothing is raised from here: the error's words hold the bytes
    if text is None:
        raise SourceInvalid(f"what Secret {secret.source} holds under {key!r} is no text", place=place)
    if not text:
        raise SourceInvalid(f"Secret {secret.source} holds nothing under {key!r}", place=place)
    return text


def _refuse_doubles(before: Sequence[HeldCredential], held: DockerConfig, place: str) -> None:
    """Refuse a registry that two sources name; one source may name it twice, as an overlap does."""
    there = {credential.registry for credential in before}
    for key in held.entries:
        if registry_of(key) in there:
            raise SourceInvalid(f"{registry_of(key)} is in an earlier credential too", place=place)


def _refuse_masses(before: int, held: DockerConfig, source: Source, place: str) -> None:
    """Refuse what no status could tell of."""
    if before + len(held.entries) > CREDENTIALS_MOST:
        count = before + len(held.entries)
        raise SourceInvalid(
            f"with Secret {source.ref} that makes {count} credentials; {CREDENTIALS_MOST} are the most",
            place=place,
        )
    longest = max(map(len, held.entries))
    if longest > KEY_LONGEST:
        raise SourceInvalid(f"Secret {source.ref} names a registry by {longest} characters", place=place)


def _credentials(source: Source, secret: Secret, config: DockerConfig) -> Iterator[HeldCredential]:
    times = Counter(map(registry_of, config.entries))
    public = not isinstance(source, BasicSource) or source.username_key == USERNAME_KEY
    for key, entry in config.entries.items():
        registry, credential = registry_of(key), entry.credential(Origin(secret.source, key))
        yield HeldCredential(
            key, registry, key if times[registry] > 1 else registry, credential.username if public else "",
            credential, expiry_of(credential, annotations=secret.annotations), secret.uid,
            secret.resource_version,
        )  # fmt: skip
