"""Docker configs: `config.json`, `.dockerconfigjson` and the legacy `.dockercfg`, read, changed and written.

Reading is as lenient as a person who repairs one needs it: only what is no JSON, or has no place for
entries, is an error; what is wrong inside is told by `DockerConfig.faults`. Nothing that is not
touched changes: unknown fields, order and the way numbers are written stay.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from pullsecret.core import gojson
from pullsecret.core.authfield import InvalidAuth, decode_auth, encode_auth
from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.dockerfaults import fatal_faults_of, faults_of
from pullsecret.core.errors import InvalidDockerConfig, InvalidInput
from pullsecret.core.faults import Fault
from pullsecret.core.gojson import Members, Value, fold
from pullsecret.core.registrykeys import registry_host, registry_key, same_registry, scope_of
from pullsecret.core.sensitive import Sensitive

__all__ = ["DockerConfig", "Entry", "registry_host", "registry_key", "same_registry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one key of a docker config offers.

    Attributes:
        username: the user name, from `auth` where there is one, as docker and the kubelet take it.
        password: likewise.
        email: only ever written; nobody reads it.
        identity_token: an OAuth2 refresh token, which docker uses and the kubelet does not.
        registry_token: a ready Bearer token, which docker uses and the kubelet does not.
    """

    username: str = ""
    password: Sensitive = field(default_factory=Sensitive)
    email: str = ""
    identity_token: Sensitive = field(default_factory=Sensitive)
    registry_token: Sensitive = field(default_factory=Sensitive)

    @property
    def has_credential(self) -> bool:
        """Whether there is anything in it that a registry could be shown."""
        return bool(self.username or self.password or self.identity_token or self.registry_token)

    def credential(self, origin: Origin) -> Credential:
        """Give what it offers a registry, with where it came from."""
        return Credential(self.username, self.password, self.identity_token, self.registry_token, origin)

    @classmethod
    def of(cls, value: Value) -> Self:
        """Read an entry; what cannot be read counts as absent, and is among the config's faults."""
        texts = texts_of(value)
        username, password = texts.get("username", ""), texts.get("password", "")
        auth = texts.get("auth")
        if auth:
            try:
                username, password = decode_auth(Sensitive(auth))
            except InvalidAuth:
                password = ""
        return cls(
            username,
            Sensitive(password),
            texts.get("email", ""),
            Sensitive(texts.get("identitytoken", "")),
            Sensitive(texts.get("registrytoken", "")),
        )


def texts_of(value: Value) -> dict[str, str]:
    """Give an entry's string fields by their folded names; of doubled ones the last, as Go does."""
    members = value if isinstance(value, Members) else ()
    return {
        fold(name): text
        for name, text in members
        if isinstance(text, str) and not isinstance(text, gojson.Number)
    }


@dataclass(frozen=True, slots=True, repr=False)
class DockerConfig:
    """One docker config. It does not change: what changes it gives a new one.

    Attributes:
        legacy: it was read as a `.dockercfg`, whose entries stand at the top; places are told so.
    """

    _root: Members = field(default=Members())
    legacy: bool = False
    _entries: Mapping[str, Entry] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        entries = {key: Entry.of(value) for key, value in self.raw_entries.items()}
        object.__setattr__(self, "_entries", MappingProxyType(entries))

    def __repr__(self) -> str:
        return f"DockerConfig({', '.join(self.entries)})"

    @classmethod
    def empty(cls) -> Self:
        """Give a config without entries."""
        return cls(Members([("auths", Members())]))

    @classmethod
    def parse(cls, data: bytes | str, *, place: str = "") -> Self:
        """Read a `config.json` or `.dockerconfigjson`.

        Args:
            data: the document.
            place: what it is called in errors, such as the file's path.

        Raises:
            InvalidDockerConfig: it is no JSON (with line and column), or cannot hold entries.
        """
        root = _decoded(data, place)
        for name, value in root:
            if fold(name) == "auths" and value is not None and not isinstance(value, Members):
                raise InvalidDockerConfig(
                    f"must be an object of registries, and is {gojson.article_of(value)}",
                    place=_join(place, f".{name}"),
                )
        return cls(root)

    @classmethod
    def parse_legacy(cls, data: bytes | str, *, place: str = "") -> Self:
        """Read a `.dockercfg`, whose entries stand at the top. Arguments and errors as of `parse`."""
        return cls(Members([("auths", _decoded(data, place))]), legacy=True)

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The entries by key, in order."""
        return self._entries

    @property
    def raw_entries(self) -> dict[str, Value]:
        """The entries as they are written. Several `auths` add up, and a doubled key's last one counts."""
        found: dict[str, Value] = {}
        for _, value in self.members("auths"):
            if value is None:
                found.clear()
            else:
                found.update(value)
        return found

    def members(self, field_name: str) -> list[tuple[str, Value]]:
        """Give the top members that Go takes for this field, each with its name as it is written."""
        return [(name, value) for name, value in self._root if fold(name) == fold(field_name)]

    @property
    def creds_store(self) -> str:
        """The credential helper that holds what is not written here; empty when there is none."""
        found = [str(value) for _, value in self.members("credsStore") if isinstance(value, str)]
        return found[-1] if found else ""

    @property
    def cred_helpers(self) -> Mapping[str, str]:
        """The credential helpers of single registries."""
        found = [value for _, value in self.members("credHelpers") if isinstance(value, Members)]
        pairs = (pair for members in found for pair in members)
        return {host: str(helper) for host, helper in pairs if isinstance(helper, str)}

    def with_entry(
        self, key: str, username: str, password: str, *, email: str = "", identity_token: str = ""
    ) -> Self:
        """Set the entry of exactly this key: in place where it is, else at the end.

        The entry is written as kubectl writes one, with `identitytoken` after it as docker does.
        """
        texts = {
            "username": username,
            "password": Sensitive(password),
            "email": email,
            "auth": encode_auth(username, Sensitive(password)),
            "identitytoken": Sensitive(identity_token),
        }
        entry = Members((name, text) for name, text in texts.items() if text)
        return self._with({**self.raw_entries, key: entry})

    def without(self, key_or_host: str) -> Self:
        """Take out the entry of this key, or all spellings of this host for the whole registry.

        Raises:
            InvalidInput: there is none; the message names what there is.
        """
        gone = self.keys_of(key_or_host)
        if not gone:
            there = ", ".join(self.entries) or "none"
            raise InvalidInput(f"there is no entry for {key_or_host}", hint=f"there are: {there}")
        return self._with({key: entry for key, entry in self.raw_entries.items() if key not in gone})

    def keys_of(self, key_or_host: str) -> tuple[str, ...]:
        """Give the keys meant: every spelling of a bare host, or exactly a key with scheme or path."""
        if "/" in key_or_host and key_or_host in self.entries:
            return (key_or_host,)
        return tuple(
            key
            for key in self.entries
            if same_registry(key, key_or_host) and scope_of(key) == scope_of(key_or_host)
        )

    def merged(self, other: "DockerConfig") -> Self:
        """Take over the other's entries: in place where the key is here too, else at the end."""
        return self._with({**self.raw_entries, **other.raw_entries})

    def only(self, hosts: Iterable[str]) -> Self:
        """Keep the entries of these registries (or exact keys).

        Raises:
            InvalidInput: one of them has no entry here.
        """
        kept: set[str] = set()
        for host in hosts:
            keys = {
                key for key in self.entries if key == host or ("/" not in host and same_registry(key, host))
            }
            if not (keys := keys or set(self.keys_of(host))):
                there = ", ".join(self.entries) or "none"
                raise InvalidInput(f"there is no entry for {host}", hint=f"there are: {there}")
            kept |= keys
        return self._with({key: entry for key, entry in self.raw_entries.items() if key in kept})

    def credentials_only(self) -> Self:
        """Keep what a pull Secret should hold: no `HttpHeaders`, `proxies` or stores, no empty entries."""
        kept = {key: raw for key, raw in self.raw_entries.items() if self.entries[key].has_credential}
        return type(self)(Members([("auths", Members(kept.items()))]))

    def faults(self) -> tuple[Fault, ...]:
        """Give everything that is wrong with it, in the order of its entries."""
        return tuple(faults_of(self))

    def refuse_fatal(self, error: type[InvalidInput], place: str) -> None:
        """Raise the error for the first fault that makes the kubelet refuse the whole keyring."""
        fault = next(fatal_faults_of(self), None)
        if fault is not None:
            raise error(fault.message, place=_join(place, fault.place), hint=fault.hint)

    def to_secret_bytes(self) -> bytes:
        """Write it as kubectl does into `.dockerconfigjson`: compact, with Go's escapes."""
        return gojson.encode(self._root).encode()

    def to_file_bytes(self) -> bytes:
        """Write it as docker does into `config.json`: indented with tabs."""
        return gojson.encode_indented(self._root).encode()

    def to_legacy_bytes(self) -> bytes:
        """Write the entries alone, as they stand in a `.dockercfg`."""
        return gojson.encode(Members(self.raw_entries.items())).encode()

    def _with(self, entries: Mapping[str, Value]) -> Self:
        """Put these entries where `auths` stands."""
        names = [name for name, _ in self._root if fold(name) == "auths"]
        name = names[-1] if names else "auths"
        rest = Members((key, value) for key, value in self._root if key == name or fold(key) != "auths")
        return type(self)(rest.replaced(name, Members(entries.items())), self.legacy)


def _decoded(data: bytes | str, place: str) -> Members:
    try:
        root = gojson.decode(data)
    except gojson.InvalidJson as error:
        problem = error
    else:
        if root is None:
            return Members()
        if isinstance(root, Members):
            return root
        raise InvalidDockerConfig(f"must be a JSON object, and is {gojson.article_of(root)}", place=place)
    raise InvalidDockerConfig(problem.reason, place=_join(place, problem.place), hint=problem.hint)


def _join(place: str, inner: str) -> str:
    return ", ".join(part for part in (place, inner) if part)
