"""The `auth` field of a docker config entry: base64 of ``username:password``.

Source: kubelet, `pkg/credentialprovider/config.go` (padded and unpadded base64 are both taken), and
Go's `encoding/base64` (line breaks are passed over, loose bits at the end too).
"""

import binascii
import re

from pullsecret.core.sensitive import Sensitive

_PADDED = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_RAW = re.compile(r"(?:[A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{0,3}")


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
    padded = text.rstrip().endswith("=")
    packed = text.translate({10: None, 13: None})
    if not (_PADDED if padded else _RAW).fullmatch(packed) or (not padded and len(packed) % 4 == 1):
        raise InvalidAuth("is no base64")
    raw = binascii.a2b_base64(packed + "=" * (-len(packed) % 4))
    username, colon, password = raw.partition(b":")
    if not colon:
        raise InvalidAuth("has no colon between user name and password")
    return _text(username), Sensitive(_text(password))


def _text(raw: bytes) -> str:
    return re.sub("[\udc80-\udcff]", "\ufffd", raw.decode("utf-8", "surrogateescape"))
