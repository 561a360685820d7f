"""What runs: the ServiceAccount, the Deployment, its disruption budget and its Services."""

from pullsecret.core.installation.options import Installation
from pullsecret.core.objects import Object

TEMPORARY = "/tmp"  # noqa: S108  the only place in the container that can be written to; in memory


def workload(wanted: Installation) -> list[Object]:
    """Give the objects that run the operator."""
    account = wanted.head("v1", "ServiceAccount", wanted.name)
    services = [_service(wanted, "metrics", wanted.http_port, "http")]
    if wanted.with_webhook:
        services.append(_service(wanted, "webhook", 443, "webhook"))
    budget = [_budget(wanted)] if wanted.replicas > 1 else []
    return [account, *services, *budget, _deployment(wanted)]


def arguments(wanted: Installation) -> list[str]:
    """Give the words that the operator is called with."""
    lists = (
        ("--source-namespaces", wanted.source_namespaces if wanted.cluster_wide else ()),
        ("--watch-namespaces", wanted.watch_namespaces),
        ("--secret-names", wanted.secret_names),
    )
    return [
        "operator",
        *(f"{option}={','.join(values)}" for option, values in lists if values),
        *_webhook_arguments(wanted),
        f"--lease-name={wanted.part('operator')}",
        f"--http-port={wanted.http_port}",
        f"--workers={wanted.workers}",
        f"--log-format={wanted.log_format}",
        f"--log-level={wanted.log_level}",
        *(f"--allow-realm={host}" for host in wanted.allow_realms),
        *(["--allow-local-registries"] if wanted.allow_local_registries else []),
    ]


def _webhook_arguments(wanted: Installation) -> list[str]:
    if not wanted.with_webhook:
        return ["--no-webhook"]
    return [
        "--webhook",
        f"--webhook-port={wanted.webhook_port}",
        f"--webhook-service={wanted.part('webhook')}",
        f"--webhook-configuration={wanted.name}",
        f"--webhook-secret={wanted.part('webhook-ca')}",
    ]


def _service(wanted: Installation, name: str, port: int, target: str) -> Object:
    spec = {
        "selector": wanted.selector,
        "ports": [{"name": target, "port": port, "protocol": "TCP", "targetPort": target}],
    }
    return {**wanted.head("v1", "Service", wanted.part(name)), "spec": spec}


def _budget(wanted: Installation) -> Object:
    spec = {"minAvailable": 1, "selector": {"matchLabels": wanted.selector}}
    return {**wanted.head(wanted.policy_api, "PodDisruptionBudget", wanted.name), "spec": spec}


def _deployment(wanted: Installation) -> Object:
    # On the node's network a second Pod of ours finds the ports taken: the old one must go first.
    surge, unavailable = (0, 1) if wanted.host_network else (1, 0)
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    spec = {
        "replicas": wanted.replicas,
        "selector": {"matchLabels": wanted.selector},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling},
        "template": {"metadata": {"labels": wanted.labels}, "spec": _pod(wanted)},
    }
    return {**wanted.head("apps/v1", "Deployment", wanted.name), "spec": spec}


def _pod(wanted: Installation) -> Object:
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": wanted.selector},
    }
    # What is off is said too: a change from on to off must be seen in a patch.
    return {
        "serviceAccountName": wanted.name,
        "imagePullSecrets": [{"name": name} for name in wanted.image_pull_secrets],
        "hostNetwork": wanted.host_network,
        "dnsPolicy": "ClusterFirstWithHostNet" if wanted.host_network else "ClusterFirst",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": 30,
        "topologySpreadConstraints": [spread],
        "containers": [_container(wanted)],
        "volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}}],
    }


def _container(wanted: Installation) -> Object:
    ports = [{"name": "http", "containerPort": wanted.http_port, "protocol": "TCP"}]
    if wanted.with_webhook:
        ports.append({"name": "webhook", "containerPort": wanted.webhook_port, "protocol": "TCP"})
    fields = (("POD_NAME", "metadata.name"), ("POD_NAMESPACE", "metadata.namespace"))
    return {
        "name": "operator",
        "image": wanted.image,
        "imagePullPolicy": "IfNotPresent",
        "args": arguments(wanted),
        "env": [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields],
        "ports": ports,
        "livenessProbe": _probe("/healthz", period=20, failures=3),
        "readinessProbe": _probe("/readyz", period=5, failures=2),
        "resources": {
            "requests": {"cpu": "50m", "memory": "128Mi"},
            "limits": {"memory": "512Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": TEMPORARY}],
    }


def _probe(path: str, *, period: int, failures: int) -> Object:
    request = {"path": path, "port": "http"}
    return {"httpGet": request, "periodSeconds": period, "failureThreshold": failures, "timeoutSeconds": 3}
