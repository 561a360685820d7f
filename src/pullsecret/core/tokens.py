"""Getting a Bearer token from a registry's token service, as a flow.

Sources: distribution `docs/content/spec/auth/{token,oauth}.md`; docker's client for when each is used. A
password goes by GET with Basic, as docker sends it: containerd tries a POST first and then this one, which
counts a wrong password twice where accounts are locked out.
"""

import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from pullsecret.core.causes import Cause
from pullsecret.core.challenge import basic
from pullsecret.core.credentials import Credential
from pullsecret.core.endpoints import Endpoint
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.exchange import Flow, Request, Response, Token, TokenNeeded, ask
from pullsecret.core.realms import RealmPolicy
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.verdicts import Asked, Step, judge

CLIENT_ID = "pullsecret"
SHORTEST = 60
"""Seconds that a token is good for when its service does not say, or says less (distribution's rule)."""

_LONGEST = 24 * 3600


def token_flow(
    needed: TokenNeeded,
    credential: Credential,
    endpoint: Endpoint,
    policy: RealmPolicy,
    *,
    proven: bool = False,
) -> Flow[Token]:
    """Fetch a token for a credential; an anonymous one for none.

    Args:
        needed: what the token shall be for, and where to get it.
        credential: whose.
        endpoint: the registry that wants it.
        policy: where the password may go.
        proven: whether this login was accepted before, so that a refusal is about what it may do.

    Raises:
        RegistryFailure: the policy keeps the password from this service, or the service gives no token.
    """
    if reason := policy.refusal(needed.realm, endpoint):
        raise RegistryFailure(
            f"nothing was sent to the token service of {endpoint.host}: {reason}",
            cause=Cause.REGISTRY_ERROR,
            host=endpoint.host,
            hint="have its administrator set the token service's address right"
            + ("" if policy.anywhere else ", or allow that host with --allow-realm"),
        )
    service = Service(needed, endpoint)
    asked = Asked(endpoint.host, Step.TOKEN, service.subject, credential, "bearer", proven)
    response = yield from _exchange(service, credential)
    if response.status != 200:
        raise judge(response, asked)
    token = _read(response.body)
    if token is None:
        raise RegistryFailure(
            f"the token service of {endpoint.host} ({service.host}) answered without a token",
            cause=Cause.REGISTRY_ERROR,
            host=endpoint.host,
            status=response.status,
        )
    return token


class Service:
    """A token service, and what is wanted of it."""

    def __init__(self, needed: TokenNeeded, endpoint: Endpoint) -> None:
        self.realm = needed.realm
        self.host = urlsplit(needed.realm).netloc
        self.endpoint = endpoint
        wanted = {"service": needed.service, "scope": needed.scope}
        self.wanted = {name: value for name, value in wanted.items() if value}

    @property
    def subject(self) -> str:
        """What the token is for, in a person's words; empty for a login."""
        return self.wanted.get("scope", "").removeprefix("repository:").rpartition(":")[0]

    @property
    def url(self) -> str:
        """The address of a GET; what the realm's own query says stays in it."""
        parts = urlsplit(self.realm)
        query = "&".join(part for part in (parts.query, urlencode(self.wanted)) if part)
        return parts._replace(query=query, fragment="").geturl()


def _exchange(service: Service, credential: Credential) -> Flow[Response]:
    """Ask as the credential allows: by refresh token, by password, or anonymously."""
    if credential.identity_token:
        response = yield from ask(_refresh(service, credential.identity_token))
        # Some services know no POST; a password beside the refresh token will do for those.
        if response.status not in {404, 405} or not credential.password:
            return response
    if credential.username or credential.password:
        return (
            yield from ask(
                Request("GET", service.url, authorization=basic(credential), login=True, follow=False)
            )
        )
    return (yield from ask(Request("GET", service.url)))


def _refresh(service: Service, refresh_token: Sensitive) -> Request:
    fields = {"grant_type": "refresh_token", "client_id": CLIENT_ID} | service.wanted
    form = Sensitive(urlencode(fields | {"refresh_token": refresh_token.reveal()}, errors="surrogatepass"))
    return Request("POST", service.realm, form=form, login=True, follow=False)


def _read(body: bytes) -> Token | None:
    """Read a token service's answer; None when there is no token in it."""
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    # Both names are in use for the same; where both are there, containerd takes access_token.
    found = next((answer[n] for n in ("access_token", "token") if _is_token(answer.get(n))), None)
    return None if found is None else Token(Sensitive(found), _lifetime(answer.get("expires_in")))


def _is_token(value: Any) -> bool:
    """Whether a value may stand in a header: a line break in one would end it."""
    return isinstance(value, str) and bool(value) and value.isascii() and value.isprintable()


def _lifetime(value: Any) -> float:
    given = value if isinstance(value, int | float) and not isinstance(value, bool) else SHORTEST
    # The order matters for NaN, which is what some JSON holds: neither bound lets it through.
    return min(max(SHORTEST, given), _LONGEST)
