"""The registry protocol as flows: ping, login, manifest. What is sent where is decided here; nothing is sent.

Sources: the OCI distribution-spec; containerd `core/remotes/docker/resolver.go` for the order (HEAD, then GET
by the digest that HEAD gave); docker's `registry/auth.go` for what counts as a login.
"""

from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from pullsecret.core.causes import Cause
from pullsecret.core.challenge import Challenge, basic, bearer, choose, parse_challenges
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.endpoints import Endpoint
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.exchange import CONTENT_LIMIT, Flow, Request, Response, TokenNeeded, ask, need
from pullsecret.core.images import ImageReference
from pullsecret.core.manifests import (
    ACCEPT,
    Manifest,
    check_digest,
    config_platform,
    is_digest,
    parse_manifest,
)
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.verdicts import Asked, LoginResult, Step, judge


@dataclass(frozen=True, slots=True)
class Ping:
    """How a registry answered `/v2/` without a login.

    Attributes:
        endpoint: the address that answered.
        response: its answer.
        challenge: the login that it asks for; None when it asks for none.
    """

    endpoint: Endpoint
    response: Response
    challenge: Challenge | None = None


def ping_flow(endpoint: Endpoint) -> Flow[Ping]:
    """Ask whether a registry is there, and for which login it asks.

    Raises:
        RegistryFailure: there is none, or it asks for a login that no container runtime can give.
    """
    response = yield from ask(Request("GET", endpoint.url("/v2/")))
    _check_moved(response, endpoint)
    failure = judge(response, Asked(endpoint.host, Step.PING))
    if failure.cause in {Cause.RATE_LIMITED, Cause.HTTP_HTTPS_MISMATCH} or response.status >= 500:
        raise failure
    if response.status == 200 and response.is_html:
        raise failure
    if response.status == 401:
        return Ping(endpoint, response, _challenge(response, endpoint))
    # Some that refuse the ping, by a rule on paths, give manifests all the same; runtimes never ping.
    return Ping(endpoint, response)


def login_flow(ping: Ping, credential: Credential) -> Flow[LoginResult]:
    """Ask whether a registry accepts a login, as `docker login` does.

    Raises:
        RegistryFailure: it does not, or it cannot be told.
    """
    endpoint = ping.endpoint
    if ping.challenge is None:
        if ping.response.status != 200:
            raise judge(ping.response, Asked(endpoint.host, Step.PING))
        return LoginResult(endpoint.host, proven=False, scheme="none")
    if credential.anonymous:
        raise judge(ping.response, Asked(endpoint.host, Step.LOGIN))
    visit = _Visit(endpoint, credential, ping.challenge)
    response = yield from visit.ask(Request("GET", endpoint.url("/v2/"), follow=False))
    if response.status != 200 or visit.sent.anonymous or response.is_html:
        raise judge(response, visit.asked(Step.LOGIN))
    is_basic = ping.challenge.scheme == "basic"
    return LoginResult(
        endpoint.host, proven=True, scheme="basic" if is_basic else "bearer", expires_in=visit.expires_in
    )


def manifest_flow(
    ping: Ping,
    image: ImageReference,
    credential: Credential,
    *,
    platforms: bool = False,
    proven: bool = False,
) -> Flow[Manifest]:
    """Fetch what an image's tag or digest stands for, HEAD before GET.

    Args:
        ping: how the registry answered.
        image: the image.
        credential: what to tell the registry if it asks.
        platforms: where there is a manifest of a single platform, read from its config which that is.
        proven: whether the registry accepted this login before.

    Raises:
        RegistryFailure: the registry does not give it.
    """
    visit = _Visit(ping.endpoint, credential, ping.challenge, f"repository:{image.path}:pull", proven)
    host = ping.endpoint.host
    root = f"/v2/{image.path}"
    found = yield from _resolve(visit, image, f"{root}/manifests/{image.digest or image.tag}")
    wanted = image.digest or found or image.tag
    # Only after a good HEAD may earlier bytes of the same digest do: it showed that they may be had here.
    known = found if found == wanted else ""
    response = yield from visit.ask(_get(ping.endpoint, f"{root}/manifests/{wanted}", known, ACCEPT))
    if response.status != 200:
        raise judge(response, visit.asked(Step.IMAGE, image))
    given = (image.digest, found, _digest_header(response, host))
    digest = check_digest(response.body, *given, reference=str(image), host=host)
    manifest = parse_manifest(
        response.body, response.content_type, reference=str(image), host=host, digest=digest
    )
    if not platforms or manifest.platforms or manifest.artifact_type or not manifest.config_digest:
        return manifest
    return replace(manifest, platforms=(yield from _config_platforms(visit, image, manifest.config_digest)))


def repository_flow(ping: Ping, image: ImageReference, credential: Credential) -> Flow[bool | None]:
    """Ask whether an image's repository is there, by its tags; None where the registry does not tell.

    Distribution's own registry says of a tag and of a repository that are missing alike that it knows no
    such manifest; of their tags it does not (distribution-spec, "Listing Tags").
    """
    visit = _Visit(ping.endpoint, credential, ping.challenge, f"repository:{image.path}:pull")
    response = yield from visit.ask(_get(ping.endpoint, f"/v2/{image.path}/tags/list?n=1", ""))
    if response.redirected or response.is_html:
        return None
    return {200: True, 404: False}.get(response.status)


def _config_platforms(visit: "_Visit", image: ImageReference, digest: str) -> Flow[tuple[str, ...]]:
    """Read from an image's config which platform it is for."""
    host = visit.endpoint.host
    response = yield from visit.ask(_get(visit.endpoint, f"/v2/{image.path}/blobs/{digest}", digest))
    if response.status != 200:
        raise judge(response, visit.asked(Step.CONFIG, image))
    check_digest(response.body, digest, reference=f"the config of {image}", host=host)
    return config_platform(response.body, reference=str(image), host=host)


def _resolve(visit: "_Visit", image: ImageReference, path: str) -> Flow[str]:
    """Ask by HEAD for the digest; empty where only a GET can tell it, or tell why not.

    Raises:
        RegistryFailure: asking again at once would be rude.
    """
    response = yield from visit.ask(Request("HEAD", visit.endpoint.url(path), accept=ACCEPT))
    if response.status == 429 or response.status >= 500:
        raise judge(response, visit.asked(Step.IMAGE, image))
    # An answer to HEAD has no body, so it cannot say what is wrong. Some registries know no HEAD.
    return _digest_header(response, visit.endpoint.host) if response.status == 200 else ""


@dataclass(slots=True)
class _Visit:
    """The dealings of one credential with one registry, about one repository or none.

    Attributes:
        sent: the credential that the last request carried, itself or as a token; anonymous if it did not.
        expires_in: seconds that the last token is good for.
    """

    endpoint: Endpoint
    credential: Credential
    challenge: Challenge | None
    scope: str = ""
    proven: bool = False
    sent: Credential = ANONYMOUS
    expires_in: float | None = None
    _token: Sensitive = field(default_factory=Sensitive)
    _refused: Sensitive = field(default_factory=Sensitive)
    _learnt: bool = False

    def ask(self, request: Request) -> Flow[Response]:
        """Make a request with what the registry asked for, once more if it then asks for something else."""
        response = yield from ask((yield from self._authorized(request)))
        if response.status == 401 and not response.redirected and self._learn(response):
            response = yield from ask((yield from self._authorized(request)))
        return response

    def asked(self, step: Step, image: ImageReference | None = None) -> Asked:
        """Tell what was asked and sent, for a verdict."""
        scheme = self.challenge.scheme if self.challenge else ""
        subject = str(image).removeprefix(f"{image.registry}/") if image else ""
        return Asked(self.endpoint.host, step, subject, self.sent, scheme, self.proven)

    def _authorized(self, request: Request) -> Flow[Request]:
        self.sent = ANONYMOUS
        if self.challenge is None:
            return request
        if self.challenge.scheme == "basic":
            if not (self.credential.username or self.credential.password):
                return request
            self.sent = self.credential
            return replace(request, authorization=basic(self.credential), login=True)
        self.sent = self.credential
        if self.credential.registry_token:
            self._token = self.credential.registry_token
        else:
            yield from self._fetch(self.challenge)
        return replace(request, authorization=bearer(self._token))

    def _fetch(self, challenge: Challenge) -> Flow[None]:
        needed = TokenNeeded(challenge.get("realm"), challenge.get("service"), self.scope, self._refused)
        token = yield from need(needed)
        self._token, self.expires_in = token.value, token.expires_in

    def _learn(self, response: Response) -> bool:
        """Take in what a 401 asks for; say whether asking again with that makes sense."""
        if self._learnt or self.credential.registry_token == self._token != Sensitive():
            return False
        self._learnt = True
        fresh = _challenge(response, self.endpoint)
        if self.challenge is None:
            self.challenge, self.scope = fresh, fresh.get("scope") or self.scope
            return True
        other_scope = fresh.get("scope") not in {"", self.scope}
        if fresh.scheme != "bearer" or not (other_scope or fresh.get("error") == "invalid_token"):
            return False
        self._refused = self._token
        self.challenge, self.scope = fresh, fresh.get("scope") or self.scope
        return True


def _get(endpoint: Endpoint, path: str, digest: str, accept: str = "") -> Request:
    return Request("GET", endpoint.url(path), accept=accept, limit=CONTENT_LIMIT, digest=digest)


def _digest_header(response: Response, host: str) -> str:
    digest = response.header("docker-content-digest")
    if digest and not is_digest(digest):
        raise RegistryFailure(
            f"{host} did not answer as a registry: its Docker-Content-Digest is no digest",
            cause=Cause.REGISTRY_ERROR, host=host, status=response.status,
        )  # fmt: skip
    return digest


def _challenge(response: Response, endpoint: Endpoint) -> Challenge:
    offered = parse_challenges(response.headers.get("www-authenticate", ()))
    chosen = choose(offered)
    if chosen is None:
        schemes = ", ".join(sorted({c.scheme for c in offered})) or "none"
        raise RegistryFailure(
            f"{endpoint.host} asks for a login in a way that container runtimes do not know ({schemes})",
            cause=Cause.REGISTRY_ERROR, host=endpoint.host, status=response.status,
            hint="runtimes know Basic and Bearer; something before the registry may have answered",
        )  # fmt: skip
    return chosen


def _check_moved(response: Response, endpoint: Endpoint) -> None:
    """Refuse a registry that sends elsewhere those who would log in: no login is carried there."""
    origin, asked = urlsplit(response.url), urlsplit(endpoint.base)
    if not response.redirected or origin[:2] == asked[:2]:
        return
    if endpoint.plain and origin.scheme == "https" and origin.hostname == asked.hostname:
        raise RegistryFailure(
            f"{endpoint.host} was asked by plain HTTP, and sends on to HTTPS",
            cause=Cause.HTTP_HTTPS_MISMATCH, host=endpoint.host, status=response.status,
            hint="leave out --plain-http",
        )  # fmt: skip
    if response.status == 401:
        raise RegistryFailure(
            f"{endpoint.host} sends on to {origin.netloc}, which asks for a login; none is carried there",
            cause=Cause.REGISTRY_ERROR, host=endpoint.host, status=response.status,
            hint=f"if that is the registry, call it by that name: {origin.netloc}",
        )  # fmt: skip
