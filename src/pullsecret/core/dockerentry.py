"""One entry of a docker config, as docker and the kubelet read it."""

from dataclasses import dataclass, field
from typing import Self

from pullsecret.core.authfield import InvalidAuth, decode_auth
from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.gojson import Members, Value, fold, is_text
from pullsecret.core.sensitive import Sensitive


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
        texts = {folded: text for folded, (_, text) in texts_of(value).items()}
        username, password = texts.get("username", ""), Sensitive(texts.get("password", ""))
        auth = texts.get("auth")
        if auth:
            try:
                username, password = decode_auth(Sensitive(auth))
            except InvalidAuth:
                password = Sensitive()
        return cls(
            username,
            password,
            texts.get("email", ""),
            Sensitive(texts.get("identitytoken", "")),
            Sensitive(texts.get("registrytoken", "")),
        )


def texts_of(value: Value) -> dict[str, tuple[str, str]]:
    """Give an entry's string fields by folded name, each with its name as written.

    Of a doubled field the last string counts, since Go passes over null and refuses the rest.
    """
    members = value if isinstance(value, Members) else ()
    return {fold(name): (name, text) for name, text in members if is_text(text)}
