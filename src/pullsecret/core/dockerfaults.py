"""Everything that can be wrong inside a docker config that is JSON, each with its place."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pullsecret.core.authfield import InvalidAuth, decode_auth
from pullsecret.core.causes import Cause
from pullsecret.core.dockerentry import texts_of
from pullsecret.core.faults import Fault
from pullsecret.core.gojson import Members, Value, article_of, fold, is_text, quote
from pullsecret.core.keyfaults import other_spellings, why_unmatchable
from pullsecret.core.registrykeys import registry_host
from pullsecret.core.sensitive import Sensitive

if TYPE_CHECKING:
    from pullsecret.core.dockerconfig import DockerConfig

KUBELET_FIELDS = frozenset({"username", "password", "email", "auth"})
"""An entry's fields that the kubelet reads; they must be strings or null."""


_SPOKEN = {"username": "user name", "password": "password"}
_UNUSED = "holds a token that docker uses and the kubelet does not"
_LOG_IN = "use an access token as the password instead"
_STORE = (
    "docker login on a machine with a credential store leaves such entries: read it there, with its store"
)
_FULL_CONFIG = "this is a whole config.json, for a Secret of type kubernetes.io/dockerconfigjson"
_LEGACY_CONFIG = "this is a .dockercfg, for a Secret of type kubernetes.io/dockercfg; or put it under auths"


def faults_of(config: "DockerConfig") -> Iterator[Fault]:
    """Give all faults: the fatal ones first, then the others in the order of the entries."""
    yield from fatal_faults_of(config)
    places: dict[str, str] = {}
    for place, key, _ in _written(config):
        if key in places:
            yield _harmless(place, "is written twice, and the last one counts")
        places[key] = place
    for key, value in config.raw_entries.items():
        if not any(_malformed_entry(places[key], value)):
            yield from _without_credential(config, key, places[key])
            yield from _disagreements(places[key], value)
        yield from _unmatchable(config, key, places[key])
    for key, first in other_spellings(config.raw_entries):
        yield _harmless(places[key], f"is the same as {first} to the kubelet, which tries both")
    if not places:
        yield from _mistaken_for_config(config)


def fatal_faults_of(config: "DockerConfig") -> Iterator[Fault]:
    """Give the faults for which the kubelet refuses the whole keyring.

    It decodes every entry, also one that a later one of the same key replaces, and `HttpHeaders`.
    """
    for place, _, value in _written(config):
        yield from _malformed_entry(place, value)
    headers = [] if config.legacy else config.members("HttpHeaders")
    for name, value in headers:
        yield from _malformed_headers(f".{name}", value)


def _written(config: "DockerConfig") -> Iterator[tuple[str, str, Value]]:
    """Give every entry as it is written: its place, its key and its value."""
    for name, entries in config.members("auths"):
        above = "." if config.legacy else f".{name}"
        for key, value in entries or ():
            yield f"{above}[{quote(key)}]", key, value


def _malformed_entry(place: str, value: Value) -> Iterator[Fault]:
    if value is None:
        return
    if not isinstance(value, Members):
        yield _fatal(place, f"must be an object, and is {article_of(value)}")
        return
    auth: tuple[str, str] | None = None
    for name, field in value:
        if fold(name) not in KUBELET_FIELDS or field is None:
            continue
        if not is_text(field):
            yield _fatal(f"{place}.{name}", f"must be a string, and is {article_of(field)}")
        elif fold(name) == "auth":
            auth = name, field
    if auth:
        yield from _malformed_auth(f"{place}.{auth[0]}", Sensitive(auth[1]))


def _malformed_auth(place: str, auth: Sensitive) -> Iterator[Fault]:
    problem = ""
    try:
        if auth:
            decode_auth(auth)
    except InvalidAuth as error:
        problem = str(error)
    if problem:
        yield _fatal(place, problem)


def _malformed_headers(place: str, value: Value) -> Iterator[Fault]:
    if value is None:
        return
    if not isinstance(value, Members):
        yield _fatal(place, f"must be an object, and is {article_of(value)}")
        return
    for name, header in value:
        if header is not None and not is_text(header):
            yield _fatal(f"{place}[{quote(name)}]", f"must be a string, and is {article_of(header)}")


def _without_credential(config: "DockerConfig", key: str, place: str) -> Iterator[Fault]:
    """Tell of an entry that the kubelet gets no login from, and where its credential may live."""
    entry = config.entries[key]
    if entry.username and entry.password:
        return
    token = "identitytoken" if entry.identity_token else "registrytoken" if entry.registry_token else ""
    helper = config.cred_helpers.get(key) or config.cred_helpers.get(registry_host(key)) or config.creds_store
    hint = ""
    if token:
        place, message, hint = f"{place}.{token}", _UNUSED, _LOG_IN
    elif entry.username or entry.password:
        message = "has a user name and no password" if entry.username else "has a password and no user name"
    elif helper:
        message = f"holds no credential: it is in the store of docker-credential-{helper}"
    else:
        message, hint = "holds no credential", _STORE
    yield Fault(Cause.SECRET_NO_CREDENTIAL, place, message, hint)


def _unmatchable(config: "DockerConfig", key: str, place: str) -> Iterator[Fault]:
    reason = why_unmatchable(key)
    if reason:
        hint = _FULL_CONFIG if config.legacy and fold(key) == "auths" else ""
        yield Fault(Cause.SECRET_HOST_MISMATCH, place, f"matches no image: {reason}", hint)


def _mistaken_for_config(config: "DockerConfig") -> Iterator[Fault]:
    """Tell of a `.dockercfg` where a `config.json` should be: its entries count for nothing there."""
    for key, value in config.top_members:
        if KUBELET_FIELDS & texts_of(value).keys():
            message = "is an entry outside of auths, where nobody looks for it"
            yield Fault(Cause.SECRET_NO_CREDENTIAL, f".[{quote(key)}]", message, _LEGACY_CONFIG)


def _disagreements(place: str, value: Value) -> Iterator[Fault]:
    """Tell where `username` or `password` say something else than `auth`, which counts."""
    texts = texts_of(value)
    if "auth" not in texts:
        return
    try:
        username, password = decode_auth(Sensitive(texts["auth"][1]))
    except InvalidAuth:
        return
    for folded, counts in (("username", username), ("password", password)):
        name, text = texts.get(folded, ("", ""))
        if text and text != counts:
            message = f"differs from the {_SPOKEN[folded]} in auth, which is the one that counts"
            yield Fault(Cause.SECRET_MALFORMED, f"{place}.{name}", message)


def _harmless(place: str, message: str) -> Fault:
    return Fault(Cause.SECRET_MALFORMED, place, message, harmless=True)


def _fatal(place: str, message: str) -> Fault:
    return Fault(Cause.SECRET_MALFORMED, place, message, fatal=True)
