"""Credentials that stand in messages, struck out before anything else reads the text.

Errors repeat the address that was asked for, and addresses hold passwords (``user:password@host``) and
signatures; logs repeat headers. Of an address' query only what is known to be harmless is kept.
"""

import re

from pullsecret.core.sensitive import MASK

HARMLESS = frozenset(
    {"ns", "scope", "service", "n", "last", "digest", "client_id", "offline_token", "timeout"}
)
"""Query parameters of the addresses of registries and webhooks that say what was asked for, and nothing
about who asked."""

_LAST_WORD = re.compile(r"(?<!\S)\S*\Z")
_ADDRESS = re.compile(r"://([^\s\"'`]+)")
_DIGEST = re.compile(r"sha\d{3}:")
_QUERY = re.compile(r"([?&;])([\w.%~-]{1,64})=([^&\s\"'`\\|)]+)")
_HEADER = re.compile(
    r"\b((?:proxy-)?authorization\\{0,8}\"?\s{0,8}[:=]\s{0,8}\[?\\{0,8}\"?)(?=basic|bearer|digest|aws4)[^\"\r\n,\]]+",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(basic|bearer)(\s+)([\w.~+/=-]{8,})", re.IGNORECASE)
_MEMBER = re.compile(
    r"(\\{0,8}\"(?:password|passwd|auth|secret|identitytoken|registrytoken|token|access_?token|refresh_?token"
    r"|client_?secret)\\{0,8}\"\s{0,8}:\s{0,8}\\{0,8}\")[^\"\\]+",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"((?:password|passwd|client_secret|identitytoken|registrytoken|secret_access_key|session_token|api_?key)="
    r"|--(?:docker-)?password\s+|^[ \t]{0,40}(?:password|passwd|\.docker(?:configjson|cfg)):\s+)[^\s\"'&,;]+",
    re.IGNORECASE | re.MULTILINE,
)
_TYPED = re.compile(r"(\blogin\b[^\n]{0,200}?\s-p[ =])[^\s\"']+")
_BARE_LOGIN = re.compile(
    r"(?<![\w./:-])[\w.$%+-]{1,64}:[^\s\"'@/]{1,200}@(?!sha\d{3}:)(?=[\w-]+(?:\.[\w-]|:\d))"
)
"""``user:password@host`` where no scheme stands before it."""
_TOKEN = re.compile(
    r"\beyJ[\w+/=-]{16,}(?:\.[\w-]*){0,2}"  # JSON in base64: a JWT, or a whole docker config
    r"|\b(?:gh[pousr]_|github_pat_|glpat-|gldt-|dckr_(?:pat|oat)_|hvs\.|AKIA|ASIA|xox[abp]-)[\w-]{8,}"
)
_PORT = re.compile(r"(invalid port \\{0,8}\")[^\n]{0,200}?(\\{0,8}\" after host)")
"""A password with a slash or hash in it makes Go take its first part for a port, and say so."""
_DECODED = re.compile(r"(invalid decoded auth:\s{0,8}\\{0,8}\")[^\"]*")
"""containerd, internal/cri/server/images/image_pull.go, repeats what an `auth` without a colon decodes to."""


def redacted(text: str, limit: int | None = None) -> str:
    """Strike out what may be a credential; the rest stays as it is.

    Args:
        text: what somebody printed.
        limit: characters that are read; all without one. The word that is cut there goes too: half an
            address may be the half with the password, without the sign that tells it is one.
    """
    if limit is not None and len(text) > limit:
        text = _LAST_WORD.sub("", text[:limit])
    text = _ADDRESS.sub(_without_login, text)
    text = _QUERY.sub(_kept_if_harmless, text)
    text = _HEADER.sub(rf"\g<1>{MASK}", text)
    text = _SCHEME.sub(_masked_if_token, text)
    text = _BARE_LOGIN.sub(f"{MASK}@", text)
    for pattern in (_MEMBER, _SETTING, _TYPED, _DECODED):
        text = pattern.sub(rf"\g<1>{MASK}", text)
    text = _PORT.sub(rf"\g<1>{MASK}\g<2>", text)
    return _TOKEN.sub(MASK, text)


def _without_login(match: re.Match[str]) -> str:
    """Take the login out of an address; passwords with slashes in them are taken as they are meant."""
    rest = match[1]
    end = rest.rfind("@")
    while end >= 0 and _DIGEST.match(rest, end + 1):
        end = rest.rfind("@", 0, end)
    login = rest[: max(end, 0)]
    # An at sign in the path of an address without a port belongs to the path.
    if not login or ("/" in login and ":" not in login):
        return match[0]
    return f"://{MASK}{rest[end:]}"


def _kept_if_harmless(match: re.Match[str]) -> str:
    return match[0] if match[2].lower() in HARMLESS else f"{match[1]}{match[2]}={MASK}"


def _masked_if_token(match: re.Match[str]) -> str:
    """Tell a token from the words of a sentence, as in "basic authentication"."""
    word = match[3]
    odd = any(char.isdigit() or char.isupper() or char in "=_+/" for char in word[1:])
    return f"{match[1]}{match[2]}{MASK}" if odd or len(word) > 24 else match[0]
