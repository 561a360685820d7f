"""A registry's token service over TLS, with rights for each repository, as Harbor and Docker Hub have one.

Usage: tokenservice.py PORT CERTIFICATE KEY USERS. USERS is a JSON file, read at each request, of what each
may pull and push by pattern; the user with the empty name is everybody. Who asks for more than is theirs
gets a token for less; a wrong password gets 401. It follows
https://distribution.github.io/distribution/spec/auth/token/.
"""

import base64
import binascii
import fnmatch
import json
import ssl
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

LASTING = 300


def base64url(data: bytes) -> str:
    """Encode as in a JWT."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TokenService:
    """Signs with the key of a certificate that the registry trusts."""

    def __init__(self, certificate: Path, key: Path, users: Path) -> None:
        loaded = serialization.load_pem_private_key(key.read_bytes(), None)
        assert isinstance(loaded, rsa.RSAPrivateKey)
        self._key, self._users = loaded, users
        body = x509.load_pem_x509_certificate(certificate.read_bytes())
        self._chain = [base64.b64encode(body.public_bytes(serialization.Encoding.DER)).decode()]

    async def answer(self, request: web.Request) -> web.Response:
        """Give a token."""
        users = json.loads(self._users.read_text())
        name, password = login_of(request.headers.get("Authorization", ""))
        if name and users.get(name, {}).get("password") != password:
            error = {"code": "UNAUTHORIZED", "message": "unauthorized: authentication required"}
            return web.json_response({"errors": [error]}, status=401)
        scopes = [one for text in request.query.getall("scope", []) for one in text.split()]
        access = [granted(users.get(name, {}), scope) for scope in scopes]
        token = self._signed(name, request.query.get("service", ""), access)
        return web.json_response({"token": token, "access_token": token, "expires_in": LASTING})

    def _signed(self, name: str, service: str, access: list[dict[str, Any]]) -> str:
        now = int(time.time())
        claims = {
            "iss": "e2e-token-service", "sub": name, "aud": service, "jti": uuid.uuid4().hex, "iat": now,
            "nbf": now - 10, "exp": now + LASTING, "access": access,
        }  # fmt: skip
        head = {"typ": "JWT", "alg": "RS256", "x5c": self._chain}
        text = ".".join(base64url(json.dumps(part).encode()) for part in (head, claims))
        return f"{text}.{base64url(self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def login_of(header: str) -> tuple[str, str]:
    """Read user and password; empty where there is none, or none that can be read."""
    scheme, _, text = header.partition(" ")
    try:
        decoded = base64.b64decode(text).decode() if scheme == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        decoded = ""
    name, _, password = decoded.partition(":")
    return name, password


def granted(user: dict[str, Any], scope: str) -> dict[str, Any]:
    """Give of a scope (``repository:team/app:pull,push``) what a user may."""
    kind, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    allowed = [
        action
        for action in actions.split(",")
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in user.get(action, []))
    ]
    return {"type": kind, "name": name, "actions": allowed}


def main(port: int, certificate: Path, key: Path, users: Path) -> None:
    """Serve on loopback until told to end."""
    app = web.Application()
    app.router.add_get("/service/token", TokenService(certificate, key, users).answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    web.run_app(app, host="127.0.0.1", port=port, ssl_context=context, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), *map(Path, sys.argv[2:5]))
