"""What the kubelet says of a pull Secret that spoils its keyring: the words of Go's decoders. No I/O here.

Source: kubelet `pkg/credentialprovider/config.go`, Go `encoding/json` and `encoding/base64`; compared with a
real node (`tests/data/pods/secret-malformed*.json`). Where several things are wrong, the first one is told.
"""

from collections.abc import Iterator

from pullsecret.core.authfield import InvalidAuth, decode_auth
from pullsecret.core.errors import InvalidInput
from pullsecret.core.gojson import Members, Number, Value, fold
from pullsecret.core.jsonreading import decode
from pullsecret.core.pullsecrets import KEYS, TYPE_JSON, Secret
from pullsecret.core.sensitive import Sensitive

CONFIG = "credentialprovider.DockerConfig"
ENTRY = "credentialprovider.dockerConfigEntryWithAuth"
NO_COLON = "unable to parse auth field, must be formatted as base64(username:password)"
FIELDS = frozenset({"username", "password", "email", "auth"})
BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\r\n")


def keyring_refusal(secret: Secret) -> str:
    """Give the error with which the kubelet refuses this Secret, and every other one of the Pod with it."""
    try:
        root = decode(secret.data[KEYS[secret.type]])
    except InvalidInput:
        return "invalid character in JSON"  # the API server lets none through
    return next(_errors(root, legacy=secret.type != TYPE_JSON), "")


def _errors(root: Value, *, legacy: bool) -> Iterator[str]:
    struct = "" if legacy else "DockerConfigJSON.auths"
    places = [root] if legacy else [v for name, v in _members(root) if fold(name) == "auths"]
    for place in places:
        if place is not None and not isinstance(place, Members):
            yield _unfit(place, struct, CONFIG)
        for _, entry in _members(place):
            if entry is not None and not isinstance(entry, Members):
                yield _unfit(entry, struct, ENTRY)
            yield from _entry_errors(entry, struct)


def _entry_errors(entry: Value, struct: str) -> Iterator[str]:
    for name, value in _members(entry):
        if fold(name) not in FIELDS or value is None:
            continue
        if isinstance(value, Number) or not isinstance(value, str):
            yield _unfit(value, struct or f"dockerConfigEntryWithAuth.{fold(name)}", "string")
        elif isinstance(value, Sensitive) and fold(name) == "auth" and value:
            yield from _auth_errors(value)


def _auth_errors(auth: Sensitive) -> Iterator[str]:
    try:
        decode_auth(auth)
    except InvalidAuth as error:
        yield NO_COLON if "colon" in str(error) else f"illegal base64 data at input byte {_illegal(auth)}"


def _illegal(auth: Sensitive) -> int:
    """Find where Go's decoder stops: at the first foreign character, else at the last broken group."""
    text = auth.reveal()
    foreign = (at for at, char in enumerate(text) if char not in BASE64)
    return next(foreign, len(text) - len(text) % 4)


def _unfit(value: Value, struct: str, wanted: str) -> str:
    place = f"Go struct field {struct}" if struct else "Go value"
    return f"json: cannot unmarshal {_kind(value)} into {place} of type {wanted}"


def _kind(value: Value) -> str:
    match value:
        case bool():
            return "bool"
        case Number():
            return "number"
        case str():
            return "string"
        case Members():
            return "object"
        case _:
            return "array"


def _members(value: Value) -> Members:
    return value if isinstance(value, Members) else Members()
