"""What the operator may do: no more than what the features that are switched on need.

Two things cannot be narrowed to names in RBAC: creating, and what a pattern of names would choose. A watch of
`metadata.name=NAME` over all namespaces can: `resourceNames` is enough for it.
"""

from collections.abc import Sequence
from typing import Any

from pullsecret.core.installation.options import Installation
from pullsecret.core.objects import Object
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, GROUP, PULL_SECRET

Rule = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
_READ = ("get", "list", "watch")
_WRITE = ("create", "update", "patch", "delete", "deletecollection")


def rights(wanted: Installation) -> list[Object]:
    """Give the roles of the operator and their bindings; no cluster-wide ones where it keeps namespaces."""
    granted = [*_own_namespace(wanted)]
    if wanted.cluster_wide:
        for namespace in wanted.sources:
            granted += _role(wanted, wanted.part("sources"), namespace, [rule("secrets", _READ)])
        granted += _role(wanted, wanted.name, None, _cluster_rules(wanted))
        granted += _for_people(wanted) if wanted.aggregate else []
    for namespace in wanted.watch_namespaces:
        granted += _role(wanted, wanted.name, namespace, [*_policy_rules(wanted), *_namespace_rules(wanted)])
    return granted


def rule(resources: str, verbs: Sequence[str], names: Sequence[str] = (), group: str = "") -> Rule:
    """Form one rule; `resources` are parted by spaces, `names` narrow it."""
    made: Rule = {"apiGroups": [group], "resources": resources.split(), "verbs": list(verbs)}
    return {**made, "resourceNames": list(names)} if names else made


def _own_namespace(wanted: Installation) -> list[Object]:
    """In its own namespace: the Lease by which one replica leads, and the webhook's CA that all share."""
    lease = "coordination.k8s.io"
    rules = [
        rule("leases", ["create"], group=lease),
        rule("leases", ["get", "patch"], [wanted.part("operator")], lease),
        rule("events", ["create", "patch"]),  # who leads
    ]
    if wanted.with_webhook:
        kept = (*_READ, "patch", "delete")
        rules += [rule("secrets", ["create"]), rule("secrets", kept, [wanted.part("webhook-ca")])]
    return _role(wanted, wanted.part("operator"), wanted.namespace, rules)


def _cluster_rules(wanted: Installation) -> list[Rule]:
    configurations = "mutatingwebhookconfigurations"
    webhook = rule(configurations, (*_READ, "patch"), [wanted.name], "admissionregistration.k8s.io")
    rules = [
        *_policy_rules(wanted),
        rule("namespaces", _READ),
        *_namespace_rules(wanted),
    ]
    return [*rules, webhook] if wanted.with_webhook else rules


def _policy_rules(wanted: Installation) -> list[Rule]:
    kinds = [CLUSTER_PULL_SECRET, PULL_SECRET] if wanted.cluster_wide else [PULL_SECRET]
    plurals = " ".join(kind.plural for kind in kinds)
    statuses = " ".join(f"{kind.plural}/status" for kind in kinds)
    return [rule(plurals, (*_READ, "patch"), group=GROUP), rule(statuses, ["patch"], group=GROUP)]


def _namespace_rules(wanted: Installation) -> list[Rule]:
    """Give what keeping copies needs, in each namespace where they are kept."""
    rules = [
        rule("serviceaccounts", (*_READ, "patch")),
        *_secret_rules(wanted),
        rule("events", ["create", "patch"]),
    ]
    if not wanted.cluster_wide:
        rules.append(rule("namespaces", ["get", "watch"]))
    return [*rules, *_recovery_rules()] if wanted.recover_pods else rules


def _recovery_rules() -> list[Rule]:
    """Give what evicting Pods needs: them, and whether their makers name Secrets of their own."""
    return [
        rule("pods", ["get", "list"]),
        rule("pods/eviction", ["create"]),
        rule("replicasets statefulsets daemonsets", ["list"], group="apps"),
        rule("jobs", ["list"], group="batch"),
    ]


def _secret_rules(wanted: Installation) -> list[Rule]:
    kept = (*_READ, "patch", "delete")
    if not wanted.secret_names:
        return [rule("secrets", ("create", *kept))]
    rules = [rule("secrets", ["create"]), rule("secrets", kept, wanted.secret_names)]
    return [*rules, rule("secrets", _READ, wanted.team_sources)] if wanted.team_sources else rules


def _for_people(wanted: Installation) -> list[Object]:
    """Let those who may edit a namespace write its `PullSecret`s, and those who may view it read them.

    `ClusterPullSecret`s are left out on purpose: they take credentials from namespaces of the platform's.
    """
    roles = (("edit", ("edit", "admin"), _WRITE), ("view", ("view",), _READ))
    return [
        _aggregated(wanted, suffix, into, [rule(PULL_SECRET.plural, verbs, group=GROUP)])
        for suffix, into, verbs in roles
    ]


def _aggregated(wanted: Installation, suffix: str, into: Sequence[str], rules: list[Rule]) -> Object:
    role = wanted.head(f"{RBAC}/v1", "ClusterRole", wanted.part(suffix), None)
    role["metadata"]["labels"] |= {f"{RBAC}/aggregate-to-{name}": "true" for name in into}
    return {**role, "rules": rules}


def _role(wanted: Installation, name: str, namespace: str | None, rules: list[Rule]) -> list[Object]:
    """Form a role with its binding to the operator; a ClusterRole where there is no namespace."""
    prefix = "Cluster" if namespace is None else ""
    role = {**wanted.head(f"{RBAC}/v1", f"{prefix}Role", name, namespace), "rules": rules}
    subject = {"kind": "ServiceAccount", "name": wanted.name, "namespace": wanted.namespace}
    binding = {
        **wanted.head(f"{RBAC}/v1", f"{prefix}RoleBinding", name, namespace),
        "roleRef": {"apiGroup": RBAC, "kind": f"{prefix}Role", "name": name},
        "subjects": [subject],
    }
    return [role, binding]
