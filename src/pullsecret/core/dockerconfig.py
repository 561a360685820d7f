"""Docker configs: `config.json`, `.dockerconfigjson` and the legacy `.dockercfg`, read, changed and written.

Reading is as lenient as a person who repairs one needs it: only what is no JSON, or has no place for
entries, is an error; what is wrong inside is told by `DockerConfig.faults`. Nothing that is not
touched changes: unknown fields, order and the way numbers are written stay.
"""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from pullsecret.core.authfield import encode_auth
from pullsecret.core.errors import InvalidDockerConfig, InvalidInput, joined_place
from pullsecret.core.gojson import Members, Value, encode, encode_indented, fold, is_text
from pullsecret.core.registrykeys import (
    is_old_key,
    registry_host,
    registry_key,
    registry_of,
    same_registry,
    scope_of,
)
from pullsecret.core.sensitive import Sensitive

if TYPE_CHECKING:
    from pullsecret.core.dockerentry import Entry
    from pullsecret.core.faults import Fault

__all__ = ["DockerConfig", "registry_host", "registry_key", "same_registry"]


NOTHING = Members()


class DockerConfig:
    """One docker config. It does not change: what changes it gives a new one.

    Written out where a dataclass would do, and with imports where they are needed, because making a
    manifest takes no longer than kubectl, and the import of `dataclasses` alone is half of that time.
    """

    __slots__ = ("_entries", "_legacy", "_root")

    _root: Members
    _legacy: bool
    _entries: "Mapping[str, Entry] | None"

    def __init__(self, root: Members = NOTHING, *, legacy: bool = False) -> None:
        """Take a JSON object as it is; `parse`, `parse_legacy` and `empty` are the ways to make one."""
        self._root, self._legacy, self._entries = root, legacy, None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DockerConfig) and (self._root, self._legacy) == (other._root, other._legacy)

    def __hash__(self) -> int:
        return hash((tuple(self.raw_entries), self._legacy))

    def __repr__(self) -> str:
        return f"DockerConfig({', '.join(self.raw_entries)})"

    @classmethod
    def empty(cls) -> Self:
        """Give a config without entries."""
        return cls(Members([("auths", NOTHING)]))

    @classmethod
    def parse(cls, data: bytes | str, *, place: str = "") -> Self:
        """Read a `config.json` or `.dockerconfigjson`.

        Args:
            data: the document.
            place: what it is called in errors, such as the file's path.

        Raises:
            InvalidDockerConfig: it is no JSON (with line and column), or cannot hold entries.
        """
        from pullsecret.core.dockerreading import read

        root = read(data, place)
        del data  # so that this frame does not hold it when it raises
        return cls(_returned(root))

    @classmethod
    def parse_legacy(cls, data: bytes | str, *, place: str = "") -> Self:
        """Read a `.dockercfg`, whose entries stand at the top. Arguments and errors as of `parse`."""
        from pullsecret.core.dockerreading import read_legacy

        root = read_legacy(data, place)
        del data
        return cls(_returned(root), legacy=True)

    @property
    def legacy(self) -> bool:
        """Whether it was read as a `.dockercfg`, whose entries stand at the top; places are told so."""
        return self._legacy

    @property
    def entries(self) -> "Mapping[str, Entry]":
        """The entries by key, in order."""
        if self._entries is None:
            from pullsecret.core.dockerentry import Entry

            read = {key: Entry.of(value) for key, value in self.raw_entries.items()}
            self._entries = MappingProxyType(read)
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

    @property
    def top_members(self) -> Members:
        """Everything as it is written, passwords as `Sensitive`."""
        return self._root

    def members(self, field_name: str) -> list[tuple[str, Value]]:
        """Give the top members that Go takes for this field, each with its name as it is written."""
        return [(name, value) for name, value in self._root if fold(name) == fold(field_name)]

    @property
    def creds_store(self) -> str:
        """The credential helper that holds what is not written here; empty when there is none."""
        found = [str(value) for _, value in self.members("credsStore") if is_text(value)]
        return found[-1] if found else ""

    @property
    def cred_helpers(self) -> Mapping[str, str]:
        """The credential helpers of single registries."""
        found = [value for _, value in self.members("credHelpers") if isinstance(value, Members)]
        pairs = (pair for members in found for pair in members)
        return {host: str(helper) for host, helper in pairs if is_text(helper)}

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

        An old login that a rotation kept goes with the last that it was kept beside, or its user's last.

        Raises:
            InvalidInput: there is none; the message names what there is.
        """
        gone = set(self.keys_of(key_or_host))
        if not gone:
            there = ", ".join(self.entries) or "none"
            raise InvalidInput(f"there is no entry for {key_or_host}", hint=f"there are: {there}")
        stay = [key for key in self.entries if key not in gone and not is_old_key(key)]
        registries = {registry_of(key) for key in stay}
        users = {self.entries[key].username for key in gone} - {self.entries[key].username for key in stay}
        gone |= {
            old
            for old in self._kept_beside(gone)
            if registry_of(old) not in registries or self.entries[old].username in users
        }
        return self.without_keys(gone)

    def with_raw_entry(self, key: str, entry: Value) -> Self:
        """Set the entry of exactly this key to one as it is written elsewhere, such as in `raw_entries`."""
        return self._with({**self.raw_entries, key: entry})

    def without_keys(self, keys: Collection[str]) -> Self:
        """Take out the entries of exactly these keys; those that are not there are passed over."""
        return self._with({key: entry for key, entry in self.raw_entries.items() if key not in keys})

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
        """Keep the entries of these registries (or exact keys), and old logins that a rotation keeps beside.

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
            kept |= keys | self._kept_beside(keys)
        return self._with({key: entry for key, entry in self.raw_entries.items() if key in kept})

    def _kept_beside(self, keys: Collection[str]) -> set[str]:
        """Give the keys under which a rotation keeps the old logins of these."""
        registries = set(map(registry_of, keys))
        return {key for key in self.entries if is_old_key(key) and registry_of(key) in registries}

    def credentials_only(self) -> Self:
        """Keep what a pull Secret should hold: no `HttpHeaders`, `proxies` or stores, no empty entries."""
        kept = {key: raw for key, raw in self.raw_entries.items() if self.entries[key].has_credential}
        return type(self)(Members([("auths", Members(kept.items()))]))

    def faults(self) -> "tuple[Fault, ...]":
        """Give everything that is wrong with it: what is fatal first, else in the order of its entries."""
        from pullsecret.core.dockerfaults import faults_of

        return tuple(faults_of(self))

    def refuse_fatal(self, error: type[InvalidInput], place: str) -> None:
        """Raise the error for the first fault that makes the kubelet refuse the whole keyring."""
        from pullsecret.core.dockerfaults import fatal_faults_of

        fault = next(fatal_faults_of(self), None)
        if fault is not None:
            raise error(fault.message, place=joined_place(place, fault.place), hint=fault.hint)

    def to_secret_bytes(self) -> bytes:
        """Write it as kubectl does into `.dockerconfigjson`: compact, with Go's escapes."""
        return encode(self._root).encode()

    def to_file_bytes(self) -> bytes:
        """Write it as docker does into `config.json`: indented with tabs."""
        return encode_indented(self._root).encode()

    def to_legacy_bytes(self) -> bytes:
        """Write the entries alone, as they stand in a `.dockercfg`."""
        return encode(Members(self.raw_entries.items())).encode()

    def _with(self, entries: Mapping[str, Value]) -> Self:
        """Put these entries where `auths` stands."""
        names = [name for name, _ in self._root if fold(name) == "auths"]
        name = names[-1] if names else "auths"
        rest = Members((key, value) for key, value in self._root if key == name or fold(key) != "auths")
        return type(self)(rest.replaced(name, Members(entries.items())), legacy=self._legacy)


def _returned(root: Members | InvalidDockerConfig) -> Members:
    if isinstance(root, InvalidDockerConfig):
        raise root
    return root
