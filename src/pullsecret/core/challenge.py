"""How a registry asks for a login (`WWW-Authenticate`, RFC 9110 §11.6.1), and how it is told one."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pullsecret.core.credentials import Credential
from pullsecret.core.sensitive import Sensitive

HEADER_MAX = 16 * 1024
"""Characters of the header that are read; a real one has some hundred."""

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SCHEME = re.compile(rf"({_WORD})(?:[ \t]+|(?=,|$))")
# What stands after the scheme in place of parameters (Negotiate has it); it ends at a comma.
_OPAQUE = re.compile(r"[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
# Unquoted values that break the grammar are known of registries in the field: taken up to comma or blank.
_PARAMETER = re.compile(rf"({_WORD})[ \t]*=[ \t]*({_QUOTED}|[^\s,\"]*)", re.DOTALL)
_BLANKS = re.compile(r"[\s,]*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to log in that a server offers.

    Attributes:
        scheme: in lower case: ``basic``, ``bearer``.
        parameters: by name in lower case; of one that is named twice the last counts.
    """

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Give a parameter; empty when it is not there."""
        return self.parameters.get(name, "")

    @property
    def usable(self) -> bool:
        """Whether runtimes can answer it: Basic, or Bearer that names its token service."""
        return self.scheme == "basic" or (self.scheme == "bearer" and bool(self.get("realm")))


def parse_challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """Read all challenges of all `WWW-Authenticate` headers; what cannot be read is left out."""
    return tuple(challenge for value in values for challenge in _parse(value[:HEADER_MAX]))


def choose(challenges: Iterable[Challenge]) -> Challenge | None:
    """Pick the one to answer: Bearer before Basic, as containerd does; None when there is none we can."""
    usable = [c for c in challenges if c.usable]
    return next((c for c in usable if c.scheme == "bearer"), usable[0] if usable else None)


def basic(credential: Credential) -> Sensitive:
    """Write a user name and password as an `Authorization` header (RFC 7617, in UTF-8)."""
    # surrogatepass: an error about half a character would carry the password with it.
    pair = f"{credential.username}:{credential.password.reveal()}".encode(errors="surrogatepass")
    return Sensitive("Basic " + base64.b64encode(pair).decode())


def secrets_of(credential: Credential) -> tuple[Sensitive, ...]:
    """Give what nobody may see of a credential: password, tokens, and how Basic tells it (unpadded)."""
    told = basic(credential).reveal().removeprefix("Basic ").rstrip("=") if credential.password else ""
    return Sensitive(told), credential.password, credential.identity_token, credential.registry_token


def bearer(token: Sensitive) -> Sensitive:
    """Write a token as an `Authorization` header."""
    return Sensitive("Bearer " + token.reveal())


def _parse(text: str) -> Iterator[Challenge]:
    position = _skip(text, 0)
    while match := _SCHEME.match(text, position):
        position, parameters = _parameters(text, match.end())
        yield Challenge(match[1].lower(), parameters)


def _parameters(text: str, position: int) -> tuple[int, dict[str, str]]:
    """Read parameters up to the next scheme; give where that begins."""
    if match := _OPAQUE.match(text, position):
        return _skip(text, match.end()), {}
    parameters: dict[str, str] = {}
    position = _skip(text, position)
    while match := _PARAMETER.match(text, position):
        parameters[match[1].lower()] = _value(match[2])
        position = _skip(text, match.end())
    return position, parameters


def _value(text: str) -> str:
    return _ESCAPED.sub(r"\1", text[1:-1]) if text.startswith('"') else text


def _skip(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position
