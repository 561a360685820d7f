"""The definitions of our resources for the API server: OpenAPI schema, defaults, columns (apiextensions v1).

All of it is understood by Kubernetes 1.16 and later. There are no CEL rules: servers before 1.25 drop them in
silence. What they could say (`registry` for `Basic` alone) could be said with `anyOf` too, but servers then
refuse in words that mislead ('Unsupported value: "Basic"'). A policy's `Ready` tells it, with the JSON path.
"""

from typing import Any

from pullsecret.core.objects import Kind, Object
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.core.policy.statusschema import STATUS

Schema = dict[str, Any]

DEFINITION = Kind(
    "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions",
    namespaced=False, short_names=("crd", "crds"),
)  # fmt: skip
CATEGORY = "pull-secrets"
"""`kubectl get pull-secrets` lists policies of both kinds."""
NAME_LIMIT = 63
"""Longest name of a policy."""
CA_LONGEST = 512 * 1024
"""Longest CA bundle, in characters of base64: all public CAs fit in, and the rest of an object beside it."""

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_GLOB = r"([-a-z0-9*?]|\[!?[-a-z0-9]+\])+"
_DATA_KEY = "[-._a-zA-Z0-9]+"
_REGISTRY = r"([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
_COLUMNS = (
    ("Ready", "string", '.status.conditions[?(@.type=="Ready")].status', 0),
    ("Registries", "string", ".status.summary.registries", 0),
    ("Synced", "string", ".status.summary.synced", 0),
    ("Expires", "string", ".status.summary.expires", 0),
    ("Reason", "string", '.status.conditions[?(@.type=="Ready")].reason', 1),
    ("Secret", "string", ".spec.secretName", 1),
    ("Age", "date", ".metadata.creationTimestamp", 0),
)
_WHAT = {
    CLUSTER_PULL_SECRET: "Keeps one pull Secret in every namespace that it means, and in the lists of the "
    "ServiceAccounts there. Its credentials come from the namespaces that the operator was given for that.",
    PULL_SECRET: "Keeps one pull Secret in its own namespace, and in the lists of the ServiceAccounts there. "
    "Its credentials come from Secrets of the same namespace.",
}


def custom_resource_definitions() -> list[Object]:
    """Give the definitions of `ClusterPullSecret` and `PullSecret`, ready to be created."""
    return [_definition(kind) for kind in (CLUSTER_PULL_SECRET, PULL_SECRET)]


def _definition(kind: Kind) -> Object:
    version = {
        "name": kind.version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": _whole(kind)},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [_column(*column) for column in _COLUMNS],
    }
    names = {
        "kind": kind.kind,
        "listKind": f"{kind.kind}List",
        "plural": kind.plural,
        "singular": kind.singular,
        "shortNames": list(kind.short_names),
        "categories": [CATEGORY],
    }
    return {
        "apiVersion": DEFINITION.api_version,
        "kind": DEFINITION.kind,
        "metadata": {"name": f"{kind.plural}.{kind.group}"},
        "spec": {
            "group": kind.group,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "names": names,
            "versions": [version],
        },
    }


def _column(name: str, of_type: str, path: str, priority: int) -> Schema:
    column: Schema = {"name": name, "type": of_type, "jsonPath": path}
    return {**column, "priority": priority} if priority else column


def _whole(kind: Kind) -> Schema:
    named = _struct("", {"name": {"type": "string", "maxLength": NAME_LIMIT}})
    del named["description"]
    parts = {
        "apiVersion": _text("The version of this format."),
        "kind": _text(f"Always {kind.kind}."),
        "metadata": named,
        "spec": _spec(kind),
        "status": STATUS,
    }
    return _struct(_WHAT[kind], parts, required=["spec"])


def _spec(kind: Kind) -> Schema:
    parts: Schema = {
        "secretName": _text(
            "Name of the Secret that is kept. Default: this object's name.", _SUBDOMAIN, longest=253
        ),
        "credentials": _list(
            "Where the credentials come from. They become one Secret; the same registry twice is refused.",
            _credential(kind),
            least=1,
            most=64,
        ),
        "namespaces": _namespaces(),
        "attach": _attach(),
        "verify": _verify(),
        "recoverPods": {
            "type": "boolean",
            "default": False,
            "description": "Evict Pods that cannot pull because they were made before their ServiceAccount "
            "named the Secret: only those without a running container, and only where a ReplicaSet, "
            "StatefulSet or DaemonSet makes them again.",
        },
        "deletionPolicy": _choice(
            "What becomes of the copies when this object is deleted: Delete takes them out of the "
            "ServiceAccounts' lists and deletes them, Orphan leaves them as they are.",
            ["Delete", "Orphan"],
            "Delete",
        ),
    }
    if kind.namespaced:
        del parts["namespaces"]
    required = ["credentials"] if kind.namespaced else ["credentials", "namespaces"]
    return _struct("What is wanted.", parts, required=required)


def _credential(kind: Kind) -> Schema:
    parts: Schema = {
        "type": _choice(
            "What the Secret holds: DockerConfig, a docker config (types kubernetes.io/dockerconfigjson and "
            "kubernetes.io/dockercfg); Basic, a user name and a password for one registry "
            "(kubernetes.io/basic-auth and Opaque).",
            ["DockerConfig", "Basic"],
        ),
        "registry": _text(
            "For Basic: host, and port if it is not the usual one, of the registry. The Secret must name "
            "the same in its annotation pullsecret.dev/registry.",
            _REGISTRY,
            longest=260,
        ),
        "secretRef": _secret_ref(kind),
    }
    return _struct("One source of credentials.", parts, required=["type", "secretRef"])


def _secret_ref(kind: Kind) -> Schema:
    parts: Schema = {
        "namespace": _text("Its namespace: one of those that the operator may read.", _LABEL, longest=63),
        "name": _text("Its name.", _SUBDOMAIN, longest=253),
        "usernameKey": _text(
            "For Basic: the key of its data that holds the user name. Default: username.",
            _DATA_KEY,
            longest=253,
        ),
        "passwordKey": _text(
            "For Basic: the key of its data that holds the password. Default: password.",
            _DATA_KEY,
            longest=253,
        ),
    }
    if kind.namespaced:
        del parts["namespace"]
        return _struct("The Secret, in this object's namespace.", parts, required=["name"])
    return _struct("The Secret.", parts, required=["namespace", "name"])


def _namespaces() -> Schema:
    parts = {
        "include": _set(
            "Names or patterns (*, ?, [a-c]), of which one must fit. Default: all.",
            _GLOB,
            least=1,
            default=["*"],
        ),
        "exclude": _set("Names or patterns, of which none may fit.", _GLOB),
        "selector": _label_selector(),
    }
    return _struct("Which namespaces get the Secret. All parts that are given must hold.", parts)


def _label_selector() -> Schema:
    expression = _struct(
        "One requirement.",
        {
            "key": _text("The label's name."),
            "operator": _choice("How it relates to the values.", ["In", "NotIn", "Exists", "DoesNotExist"]),
            "values": _list("For In and NotIn: the values.", {"type": "string"}),
        },
        required=["key", "operator"],
    )
    labels = {"type": "object", "additionalProperties": {"type": "string"}}
    parts = {
        "matchLabels": {**labels, "description": "Labels that a namespace must have, with these values."},
        "matchExpressions": _list("Requirements that a namespace's labels must fulfil.", expression),
    }
    return _struct("What the namespaces' labels must be.", parts)


def _attach() -> Schema:
    parts = {
        "to": _choice(
            "Named: those named in serviceAccounts. All: every one of the namespace. None: no "
            "ServiceAccount; Pods name the Secret themselves.",
            ["None", "Named", "All"],
            "Named",
        ),
        "serviceAccounts": _set(
            "Names of ServiceAccounts, for Named. Default: default.", _SUBDOMAIN, longest=253
        ),
    }
    schema = _struct("Which ServiceAccounts get the Secret's name into their imagePullSecrets.", parts)
    return {**schema, "default": {"to": "Named", "serviceAccounts": ["default"]}}


def _verify() -> Schema:
    parts = {
        "image": _text(
            "The image that must be pullable with the credentials. Without one, each registry must accept "
            "its login.",
            longest=512,
        ),
        "caBundle": {
            "type": "string",
            "format": "byte",
            "maxLength": CA_LONGEST,
            "description": "PEM certificates, in base64, to trust besides the usual ones.",
        },
        "plainHTTP": {
            "type": "boolean",
            "default": False,
            "description": "Speak HTTP without TLS to the registries. Passwords can then be read on the way.",
        },
        "onUnreachable": _choice(
            "Whether a new credential is handed out while its registry cannot be reached.",
            ["Allow", "Deny"],
            "Allow",
        ),
    }
    return _struct("Try a new credential at its registry, once, before it is handed out.", parts)


def _struct(description: str, properties: Schema, *, required: list[str] | None = None) -> Schema:
    schema: Schema = {"type": "object", "description": description, "properties": properties}
    return {**schema, "required": required} if required else schema


def _text(description: str, pattern: str = "", *, longest: int = 0) -> Schema:
    schema: Schema = {"type": "string", "description": description}
    return (
        schema
        | ({"pattern": f"^{pattern}$"} if pattern else {})
        | ({"maxLength": longest} if longest else {})
    )


def _choice(description: str, values: list[str], default: str = "") -> Schema:
    schema: Schema = {"type": "string", "description": description, "enum": values}
    return {**schema, "default": default} if default else schema


def _list(description: str, items: Schema, *, least: int = 0, most: int = 0) -> Schema:
    schema: Schema = {"type": "array", "description": description, "items": items}
    return schema | ({"minItems": least} if least else {}) | ({"maxItems": most} if most else {})


def _set(
    description: str, pattern: str, *, longest: int = 63, least: int = 0, default: list[str] | None = None
) -> Schema:
    items = {"type": "string", "pattern": f"^{pattern}$", "maxLength": longest}
    schema = {**_list(description, items, least=least), "x-kubernetes-list-type": "set"}
    return {**schema, "default": default} if default else schema
