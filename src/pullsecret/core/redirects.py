"""Where a redirect may lead."""

from urllib.parse import SplitResult, urljoin, urlsplit

_PORTS = {"http": 80, "https": 443}


def next_address(url: str, location: str, *, elsewhere: bool = True) -> str:
    """Give the address that a `Location` header leads to, seen from `url`.

    Args:
        url: what was asked.
        location: where it sends on to.
        elsewhere: whether another host may be gone to.

    Raises:
        ValueError: it is none to go to; says what is wrong with it, as the end of a sentence.
    """
    try:
        target = urljoin(url, location)
        parts = urlsplit(target)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        raise ValueError("sends on to an address that is none")
    if parts.scheme == "http" and urlsplit(url).scheme == "https":
        # What is fetched by tag has no digest to check it by: whoever listens could put in anything.
        raise ValueError(f"sends on from HTTPS to plain HTTP ({parts.hostname})")
    if not elsewhere and not _same_host(urlsplit(url), parts):
        raise ValueError(f"sends on to another host ({parts.hostname}), which is not followed")
    return target


def _same_host(here: SplitResult, there: SplitResult) -> bool:
    """Whether it is the same server, or that host's own server for HTTPS."""
    if here.hostname != there.hostname:
        return False
    raised = (here.scheme, there.scheme) == ("http", "https")
    return raised or (here.port or _PORTS[here.scheme]) == (there.port or _PORTS[there.scheme])
