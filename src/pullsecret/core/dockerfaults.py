"""Everything that can be wrong inside a docker config that is JSON, each with its place."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pullsecret.core.authfield import InvalidAuth, decode_auth
from pullsecret.core.causes import Cause
from pullsecret.core.faults import Fault
from pullsecret.core.gojson import Members, Number, Value, fold, kind_of, quote
from pullsecret.core.sensitive import Sensitive

if TYPE_CHECKING:
    from pullsecret.core.dockerconfig import DockerConfig

_STRINGS = ("username", "password", "email", "auth")


def faults_of(config: "DockerConfig") -> Iterator[Fault]:
    """Give the faults of a config, in the order of its entries."""
    above = "" if config.legacy else ".auths"
    for key, value in config.raw_entries.items():
        place = f"{above or '.'}[{quote(key)}]"
        yield from _of_entry(place, value)
        if not config.entries[key].has_credential:
            yield Fault(Cause.SECRET_NO_CREDENTIAL, place, "has no credential")


def _of_entry(place: str, value: Value) -> Iterator[Fault]:
    if value is None:
        return
    if not isinstance(value, Members):
        yield _fatal(place, f"must be an object, and is {kind_of(value)}")
        return
    for name, field in value:
        if fold(name) not in _STRINGS or field is None:
            continue
        if isinstance(field, Number) or not isinstance(field, str):
            yield _fatal(f"{place}.{name}", f"must be a string, and is {kind_of(field)}")
        elif fold(name) == "auth" and isinstance(field, Sensitive) and field:
            try:
                decode_auth(field)
            except InvalidAuth as error:
                yield _fatal(f"{place}.{name}", str(error))


def _fatal(place: str, message: str) -> Fault:
    return Fault(Cause.SECRET_MALFORMED, place, message, fatal=True)
