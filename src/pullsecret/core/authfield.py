"""The `auth` field of a docker config entry: base64 of ``username:password``.

Source: kubelet, `pkg/credentialprovider/config.go` (padded and unpadded base64 are both taken), and
Go's `encoding/base64` (line breaks are passed over, loose bits at the end too).
"""

import binascii
import re

from pullsecret.core.sensitive import Sensitive

_PADDED = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_RAW = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?"


class InvalidAuth(ValueError):
    """An `auth` that docker and the kubelet refuse; says why, never what was in it."""


def encode_auth(username: str, password: Sensitive) -> Sensitive:
    """Give the `auth` for these, as kubectl writes it."""
    raw = f"{username}:{password.reveal()}".encode("utf-8", "surrogateescape")
    return Sensitive(binascii.b2a_base64(raw, newline=False).decode("ascii"))


def decode_auth(auth: Sensitive) -> tuple[str, Sensitive]:
    """Give user name and password; bytes that are no UTF-8 become U+FFFD, one for each.

    Raises:
        InvalidAuth: it is no base64, or has no colon.
    """
    text = auth.reveal()
    # Go trims every Unicode space only to look for padding; any but a line break then fails it anyway.
    form = _PADDED if text.rstrip().endswith("=") else _RAW
    packed = text.translate({ord("\n"): None, ord("\r"): None})
    if not re.fullmatch(form, packed):
        raise InvalidAuth("is no base64 of username:password")
    raw = binascii.a2b_base64(packed + "=" * (-len(packed) % 4))
    username, colon, password = raw.partition(b":")
    if not colon:
        raise InvalidAuth("has no colon between user name and password, once decoded")
    return _text(username), Sensitive(_text(password))


def _text(raw: bytes) -> str:
    return re.sub("[\udc80-\udcff]", "\ufffd", raw.decode("utf-8", "surrogateescape"))
