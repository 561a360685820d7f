"""Reading policies from what somebody wrote: every complaint names its place.

The schemas in `schema` refuse most of this at the API server already; a policy from a file, or from before a
schema was tightened, has only this.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import NoReturn, TypeVar

from pullsecret.core.errors import InvalidImageReference, InvalidInput
from pullsecret.core.images import ImageReference
from pullsecret.core.objects import Object, name_of, namespace_of, uid_of
from pullsecret.core.policy.model import (
    PASSWORD_KEY,
    USERNAME_KEY,
    Attach,
    AttachTo,
    BasicSource,
    DeletionPolicy,
    DockerConfigSource,
    OnUnreachable,
    Policy,
    PolicyKey,
    SecretRef,
    Source,
    Verify,
)
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.core.policy.selecting import OPERATORS, Namespaces, Requirement, Selector, is_pattern
from pullsecret.core.reading import Node, place_of

_NAME_LIMIT = 63
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_HOST = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")

Choice = TypeVar("Choice", AttachTo, DeletionPolicy, OnUnreachable)


def policy_of(obj: Object) -> Policy:
    """Read a `ClusterPullSecret` or `PullSecret`.

    Raises:
        InvalidInput: it is no such object or is not sound; `place` is the JSON path.
    """
    root = Node(obj, owner=f"{obj.get('kind')} {name_of(obj)}")
    key = _key(root, obj)
    spec = _fields(root.at("spec"), _SPEC if key.namespace else (*_SPEC, "namespaces"))
    metadata = root.at("metadata")
    return Policy(
        key=key,
        secret_name=_object_name(spec.at("secretName"), key.name),
        sources=_sources(spec.at("credentials"), key.namespace),
        namespaces=Namespaces((key.namespace,)) if key.namespace else _namespaces(spec.at("namespaces")),
        attach=_attach(spec.at("attach")),
        verify=None if spec.at("verify").value is None else _verify(spec.at("verify")),
        recover_pods=_boolean(spec.at("recoverPods")),
        deletion_policy=_choice(spec.at("deletionPolicy"), DeletionPolicy.DELETE),
        uid=uid_of(obj),
        generation=_whole_number(metadata.at("generation")),
        created=metadata.at("creationTimestamp").text(),
        finalizers=tuple(item.text() for item in metadata.at("finalizers").items()),
        deleting=metadata.at("deletionTimestamp").value is not None,
    )


def key_of(obj: Object) -> PolicyKey:
    """Tell which policy an object is, without reading what it says."""
    kind = PULL_SECRET.kind if obj.get("kind") == PULL_SECRET.kind else CLUSTER_PULL_SECRET.kind
    return PolicyKey(kind, namespace_of(obj) if kind == PULL_SECRET.kind else "", name_of(obj))


def source_refs(obj: Object) -> Iterator[SecretRef]:
    """Name the Secrets that a policy reads its credentials from, also where it is not sound otherwise."""
    namespace, spec = key_of(obj).namespace, obj.get("spec")
    credentials = spec.get("credentials") if isinstance(spec, dict) else None
    for item in credentials if isinstance(credentials, list) else ():
        ref = item.get("secretRef") if isinstance(item, dict) else None
        if isinstance(ref, dict):
            yield SecretRef(namespace or str(ref.get("namespace") or ""), str(ref.get("name") or ""))


_SPEC = ("secretName", "credentials", "attach", "verify", "recoverPods", "deletionPolicy")


def _key(root: Node, obj: Object) -> PolicyKey:
    kinds = (CLUSTER_PULL_SECRET.kind, PULL_SECRET.kind)
    if root.at("kind").text() not in kinds:
        _refuse(root.at("kind"), f"is no {' or '.join(kinds)}")
    if root.at("apiVersion").text() != CLUSTER_PULL_SECRET.api_version:
        _refuse(root.at("apiVersion"), f"must be {CLUSTER_PULL_SECRET.api_version}")
    name = root.at("metadata", "name")
    if not 0 < len(name.text()) <= _NAME_LIMIT:
        _refuse(name, f"must have 1 to {_NAME_LIMIT} characters")
    key = key_of(obj)
    if key.kind == PULL_SECRET.kind and not key.namespace:
        _refuse(root.at("metadata", "namespace"), "is missing: a PullSecret is for its own namespace")
    return key


def _sources(node: Node, namespace: str) -> tuple[Source, ...]:
    sources = tuple(_source(item, namespace) for item in node.items())
    if not sources:
        _refuse(node, "must name at least one credential")
    refs = [(source.ref, getattr(source, "registry", "")) for source in sources]
    for position, ref in enumerate(refs):
        if ref in refs[:position]:
            _refuse(node.items()[position], "names the same credential a second time")
    return sources


def _source(node: Node, namespace: str) -> Source:
    kind = node.at("type")
    if kind.text() == "DockerConfig":
        _fields(node, ("type", "secretRef"))
        return DockerConfigSource(_ref(node.at("secretRef"), namespace, ()))
    if kind.text() != "Basic":
        _refuse(kind, "must be DockerConfig or Basic")
    _fields(node, ("type", "registry", "secretRef"))
    registry, ref = node.at("registry"), node.at("secretRef")
    if not _HOST.fullmatch(registry.text()):
        _refuse(registry, "must be a registry as HOST[:PORT], without a scheme")
    keys = ref.at("usernameKey").text() or USERNAME_KEY, ref.at("passwordKey").text() or PASSWORD_KEY
    if keys[0] == keys[1]:
        _refuse(ref.at("passwordKey"), "is the key of the user name too")
    return BasicSource(_ref(ref, namespace, ("usernameKey", "passwordKey")), registry.text(), *keys)


def _ref(node: Node, namespace: str, keys: tuple[str, ...]) -> SecretRef:
    """Read where a source is: a `PullSecret`'s is in its own namespace, and cannot say otherwise."""
    _fields(node, ("name", *keys) if namespace else ("namespace", "name", *keys))
    where = namespace or _object_name(node.at("namespace"))
    return SecretRef(where, _object_name(node.at("name")))


def _namespaces(node: Node) -> Namespaces:
    if node.value is None:
        _refuse(node, 'is missing: which namespaces are meant? include: ["*"] means all')
    _fields(node, ("include", "exclude", "selector"))
    include = _patterns(node.at("include"))
    if node.at("include").value is not None and not include:
        _refuse(node.at("include"), "is empty, so no namespace is meant; leave it out to mean all")
    return Namespaces(include or ("*",), _patterns(node.at("exclude")), _selector(node.at("selector")))


def _patterns(node: Node) -> tuple[str, ...]:
    for item in node.items():
        if not is_pattern(item.text()):
            _refuse(item, "must be a namespace's name, or a pattern of * ? [...]")
    return tuple(item.text() for item in node.items())


def _selector(node: Node) -> Selector:
    _fields(node, ("matchLabels", "matchExpressions"))
    labels = node.at("matchLabels")
    return Selector(
        {key: labels.at(key).text() for key in labels.mapping()},
        tuple(_requirement(item) for item in node.at("matchExpressions").items()),
    )


def _requirement(node: Node) -> Requirement:
    _fields(node, ("key", "operator", "values"))
    operator, values = node.at("operator").text(), node.at("values")
    if not node.at("key").text():
        _refuse(node.at("key"), "is missing")
    if operator not in OPERATORS:
        _refuse(node.at("operator"), f"must be one of {', '.join(OPERATORS)}")
    if bool(values.items()) != (operator in ("In", "NotIn")):
        _refuse(values, f"must {'not ' if values.items() else ''}be given with {operator}")
    return Requirement(node.at("key").text(), operator, tuple(item.text() for item in values.items()))


def _attach(node: Node) -> Attach:
    _fields(node, ("to", "serviceAccounts"))
    accounts = tuple(_object_name(item) for item in node.at("serviceAccounts").items())
    return Attach(_choice(node.at("to"), AttachTo.NAMED), accounts or ("default",))


def _verify(node: Node) -> Verify:
    _fields(node, ("image", "caBundle", "plainHTTP", "onUnreachable"))
    image = node.at("image")
    try:
        reference = ImageReference.parse(image.text()) if image.text() else None
    except InvalidImageReference as error:
        _refuse(image, error.message)
    return Verify(
        reference,
        _pem(node.at("caBundle")),
        _boolean(node.at("plainHTTP")),
        _choice(node.at("onUnreachable"), OnUnreachable.ALLOW),
    )


def _pem(node: Node) -> str:
    """Read certificates: the base64 of PEM, as webhooks have it, or PEM as it is."""
    text = node.text()
    if not text or ("-----BEGIN CERTIFICATE-----" in text and text.isascii()):
        return text
    try:
        pem = base64.b64decode("".join(text.split()), validate=True).decode("ascii")
    except ValueError:
        pem = ""
    if "-----BEGIN CERTIFICATE-----" not in pem:
        _refuse(node, "must be the base64 of PEM certificates")
    return pem


def _object_name(node: Node, default: str = "") -> str:
    text = node.text() or default
    if not (_SUBDOMAIN.fullmatch(text) and len(text) <= 253):
        _refuse(
            node, "must be the name of an object: small letters, digits, - and ." if text else "is missing"
        )
    return text


def _choice(node: Node, default: Choice) -> Choice:
    if node.value is None:
        return default
    options: Mapping[str, Choice] = {option.value: option for option in type(default)}
    if node.text() not in options:
        _refuse(node, f"must be one of {', '.join(options)}")
    return options[node.text()]


def _boolean(node: Node) -> bool:
    if not isinstance(node.value, bool | None):
        _refuse(node, "must be true or false")
    return node.value is True


def _whole_number(node: Node) -> int:
    return node.value if isinstance(node.value, int) else 0


def _fields(node: Node, known: tuple[str, ...]) -> Node:
    """Refuse a field that nobody reads: it is a misspelling, or means something we do not do."""
    for name in node.mapping():
        if name not in known:
            _refuse(node.at(name), f"is no field of this; there are {', '.join(known)}")
    return node


def _refuse(node: Node, message: str) -> NoReturn:
    raise InvalidInput(message, place=place_of(node.path))
