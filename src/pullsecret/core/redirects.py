"""Where a redirect may lead."""

from urllib.parse import urljoin, urlsplit


def next_address(url: str, location: str) -> str:
    """Give the address that a `Location` header leads to, seen from `url`.

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
    return target
