"""Which proxy leads to the API server: `proxy-url`, or the environment's by the rules of `core.proxies`."""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from pullsecret.core.errors import InvalidInput
from pullsecret.core.proxies import proxy_for
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.settings import Proxy

_DEFAULT_PORTS = {"http": 80, "https": 443}


def proxy_of(address: Sensitive, *, place: str) -> Proxy:
    """Read a proxy's address, with its user and password if it has them.

    Raises:
        InvalidInput: it is no http or https address (socks5 is not spoken); its text is not repeated.
    """
    if address.reveal().startswith("socks"):
        raise InvalidInput(
            "socks proxies are not spoken, only http and https ones", place=place,
            hint="name an HTTP proxy; one that leads on to the socks proxy will do",
        )  # fmt: skip
    proxy = _parsed(address)
    if proxy is None:
        raise InvalidInput("is no address of a proxy", place=place, hint="write it as http://HOST:PORT")
    return proxy


def _parsed(address: Sensitive) -> Proxy | None:
    try:
        parts = urlsplit(address.reveal())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    shown = f"[{host}]" if ":" in host else host
    return Proxy(
        url=f"{parts.scheme}://{shown}:{port or _DEFAULT_PORTS[parts.scheme]}",
        username=unquote(parts.username or ""),
        password=Sensitive(unquote(parts.password or "")),
    )


def proxy_from_environment(server: str, environment: Mapping[str, str]) -> Proxy | None:
    """Find the proxy that the environment names for this address; None for the direct way."""
    address = proxy_for(server, environment)
    if not address:
        return None
    return proxy_of(address, place="HTTPS_PROXY" if server.startswith("https:") else "HTTP_PROXY")
