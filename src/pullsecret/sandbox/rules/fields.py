"""The fields that the server's Go types know: what they do not know is dropped, or refused on request.

kubectl asks for the refusal (``fieldValidation=Strict``), so a misspelt field is told to whoever wrote it.
Types that are not in the table, and all that is below them, are taken as they come.
"""

from collections.abc import Iterator
from typing import Any

from pullsecret.core.objects import Object

# The names of a type's fields (k8s.io/api 1.32); NAME:TYPE where that field's type, or its items', is known.
_TYPES = {
    "Secret": "data stringData immutable type",
    "ConfigMap": "data binaryData immutable",
    "ServiceAccount": "secrets:Reference imagePullSecrets:Name automountServiceAccountToken",
    "Namespace": "spec status",
    "Pod": "spec:PodSpec status",
    "Deployment": "spec:DeploymentSpec status",
    "ReplicaSet": "spec:ReplicaSpec status",
    "ReplicationController": "spec:ReplicaSpec status",
    "StatefulSet": "spec:StatefulSetSpec status",
    "DaemonSet": "spec:DaemonSetSpec status",
    "Job": "spec:JobSpec status",
    "CronJob": "spec:CronJobSpec status",
    "PodDisruptionBudget": "spec:BudgetSpec status",
    "ObjectMeta": (
        "annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers "
        "generateName generation labels managedFields name namespace ownerReferences:Owner "
        "resourceVersion selfLink uid clusterName"
    ),
    "Owner": "apiVersion blockOwnerDeletion controller kind name uid",
    "Name": "name",
    "Reference": "apiVersion fieldPath kind name namespace resourceVersion uid",
    "Selector": "matchExpressions:Expression matchLabels",
    "Expression": "key operator values",
    "Template": "metadata:ObjectMeta spec:PodSpec",
    "DeploymentSpec": (
        "minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector:Selector "
        "strategy template:Template"
    ),
    "ReplicaSpec": "minReadySeconds replicas selector template:Template",
    "StatefulSetSpec": (
        "minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy replicas "
        "revisionHistoryLimit selector:Selector serviceName template:Template updateStrategy "
        "volumeClaimTemplates"
    ),
    "DaemonSetSpec": (
        "minReadySeconds revisionHistoryLimit selector:Selector template:Template updateStrategy"
    ),
    "JobSpec": (
        "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy "
        "manualSelector maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy "
        "selector:Selector successPolicy suspend template:Template ttlSecondsAfterFinished"
    ),
    "CronJobSpec": (
        "concurrencyPolicy failedJobsHistoryLimit jobTemplate:JobTemplate schedule "
        "startingDeadlineSeconds successfulJobsHistoryLimit suspend timeZone"
    ),
    "JobTemplate": "metadata:ObjectMeta spec:JobSpec",
    "BudgetSpec": "maxUnavailable minAvailable selector:Selector unhealthyPodEvictionPolicy",
    "PodSpec": (
        "activeDeadlineSeconds affinity automountServiceAccountToken containers:Container dnsConfig "
        "dnsPolicy enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork hostPID "
        "hostUsers hostname imagePullSecrets:Name initContainers:Container nodeName nodeSelector os "
        "overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources "
        "restartPolicy runtimeClassName schedulerName schedulingGates securityContext serviceAccount "
        "serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain "
        "terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes"
    ),
    "Container": (
        "args command env:Variable envFrom image imagePullPolicy lifecycle livenessProbe name ports "
        "readinessProbe resizePolicy resources restartPolicy securityContext startupProbe stdin "
        "stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts "
        "workingDir"
    ),
    "Variable": "name value valueFrom",
}
_FIELDS = {
    name: {field.partition(":")[0]: field.partition(":")[2] for field in fields.split()}
    for name, fields in _TYPES.items()
}
_OF_EVERY_OBJECT = {"apiVersion": "", "kind": "", "metadata": "ObjectMeta"}


def unknown_fields(kind: str, obj: Object) -> list[str]:
    """Give the paths of fields that a built-in kind does not know (``spec.containers[0].imag``)."""
    return [path for path, _, _ in _unknown(kind, obj)]


def drop_unknown(kind: str, obj: Object) -> None:
    """Drop what a built-in kind does not know, in place."""
    for _, holder, name in list(_unknown(kind, obj)):
        del holder[name]


def _unknown(kind: str, obj: Object) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Find the path, the object and the name of each field that is not known."""
    if kind in _FIELDS:
        yield from _below({**_OF_EVERY_OBJECT, **_FIELDS[kind]}, obj, "")


def _below(
    known: dict[str, str], value: dict[str, Any], path: str
) -> Iterator[tuple[str, dict[str, Any], str]]:
    for name, item in value.items():
        here = f"{path}.{name}" if path else name
        if name not in known:
            yield here, value, name
        elif inner := _FIELDS.get(known[name]):
            if isinstance(item, dict):
                yield from _below(inner, item, here)
            for index, entry in enumerate(item if isinstance(item, list) else ()):
                if isinstance(entry, dict):
                    yield from _below(inner, entry, f"{here}[{index}]")
