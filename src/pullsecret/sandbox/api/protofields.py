"""The protobuf fields of the objects that kubectl's own generators write.

Field numbers: generated.proto of k8s.io/api (core/v1, apps/v1, batch/v1, policy/v1, authorization/v1) and of
k8s.io/apimachinery (meta/v1, runtime).
"""

# NUMBER NAME TYPE: a type of this table, or string, bytes, int, bool. Marked: * a list, {} a map of strings
# to it, ? a Go pointer, whose zero was set on purpose and is kept; ignored: the server ignores it too.
_MESSAGES = {
    "Unknown": "1 typeMeta TypeMeta, 2 raw bytes, 3 contentEncoding string, 4 contentType string",
    "TypeMeta": "1 apiVersion string, 2 kind string",
    "ObjectMeta": (
        "1 name string, 2 generateName string, 3 namespace string, 4 selfLink string, 5 uid string, "
        "6 resourceVersion string, 7 generation int, 8 creationTimestamp Time, 11 labels {string}, "
        "12 annotations {string}, 13 ownerReferences *OwnerReference, 14 finalizers *string"
    ),
    "OwnerReference": (
        "1 kind string, 3 name string, 4 uid string, 5 apiVersion string, 6 controller bool?, "
        "7 blockOwnerDeletion bool?"
    ),
    "Namespace": "1 metadata ObjectMeta, 2 spec NamespaceSpec, 3 status ignored",
    "NamespaceSpec": "1 finalizers *string",
    "Secret": (
        "1 metadata ObjectMeta, 2 data {bytes}, 3 type string, 4 stringData {string}, 5 immutable bool?"
    ),
    "ConfigMap": "1 metadata ObjectMeta, 2 data {string}, 3 binaryData {bytes}, 4 immutable bool?",
    "ServiceAccount": (
        "1 metadata ObjectMeta, 2 secrets *ObjectReference, 3 imagePullSecrets *LocalObjectReference, "
        "4 automountServiceAccountToken bool?"
    ),
    "ObjectReference": (
        "1 kind string, 2 namespace string, 3 name string, 4 uid string, 5 apiVersion string"
    ),
    "LocalObjectReference": "1 name string",
    "Deployment": "1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status ignored",
    "DeploymentSpec": (
        "1 replicas int?, 2 selector LabelSelector, 3 template PodTemplateSpec, "
        "4 strategy DeploymentStrategy, 5 minReadySeconds int, 6 revisionHistoryLimit int?, "
        "7 paused bool, 9 progressDeadlineSeconds int?"
    ),
    "DeploymentStrategy": "1 type string",
    "LabelSelector": "1 matchLabels {string}, 2 matchExpressions *LabelSelectorRequirement",
    "LabelSelectorRequirement": "1 key string, 2 operator string, 3 values *string",
    "PodTemplateSpec": "1 metadata ObjectMeta, 2 spec PodSpec",
    "PodSpec": (
        "2 containers *Container, 3 restartPolicy string, 4 terminationGracePeriodSeconds int?, "
        "5 activeDeadlineSeconds int?, 6 dnsPolicy string, 7 nodeSelector {string}, "
        "8 serviceAccountName string, 9 serviceAccount string, 10 nodeName string, "
        "11 hostNetwork bool, 12 hostPID bool, 13 hostIPC bool, 14 securityContext Nothing, "
        "15 imagePullSecrets *LocalObjectReference, 16 hostname string, 17 subdomain string, "
        "19 schedulerName string, 20 initContainers *Container, 24 priorityClassName string, "
        "30 enableServiceLinks bool?, 41 hostnameOverride string"
    ),
    "Container": (
        "1 name string, 2 image string, 3 command *string, 4 args *string, 5 workingDir string, "
        "6 ports *ContainerPort, 7 env *EnvVar, 8 resources Nothing, 13 terminationMessagePath string, "
        "14 imagePullPolicy string, 16 stdin bool, 17 stdinOnce bool, 18 tty bool, "
        "20 terminationMessagePolicy string"
    ),
    "ContainerPort": (
        "1 name string, 2 hostPort int, 3 containerPort int, 4 protocol string, 5 hostIP string"
    ),
    "EnvVar": "1 name string, 2 value string",
    "Job": "1 metadata ObjectMeta, 2 spec JobSpec, 3 status ignored",
    "JobSpec": (
        "1 parallelism int?, 2 completions int?, 3 activeDeadlineSeconds int?, "
        "4 selector LabelSelector, 5 manualSelector bool?, 6 template PodTemplateSpec, "
        "7 backoffLimit int?, 8 ttlSecondsAfterFinished int?, 9 completionMode string, "
        "10 suspend bool?, 14 podReplacementPolicy string"
    ),
    "CronJob": "1 metadata ObjectMeta, 2 spec CronJobSpec, 3 status ignored",
    "CronJobSpec": (
        "1 schedule string, 2 startingDeadlineSeconds int?, 3 concurrencyPolicy string, "
        "4 suspend bool?, 5 jobTemplate JobTemplateSpec, 6 successfulJobsHistoryLimit int?, "
        "7 failedJobsHistoryLimit int?, 8 timeZone string"
    ),
    "JobTemplateSpec": "1 metadata ObjectMeta, 2 spec JobSpec",
    "PodDisruptionBudget": "1 metadata ObjectMeta, 2 spec PodDisruptionBudgetSpec, 3 status ignored",
    "PodDisruptionBudgetSpec": (
        "1 minAvailable IntOrString, 2 selector LabelSelector, 3 maxUnavailable IntOrString"
    ),
    "Eviction": "1 metadata ObjectMeta, 2 deleteOptions DeleteOptions",
    "DeleteOptions": (
        "1 gracePeriodSeconds int?, 2 preconditions Preconditions, 3 orphanDependents bool?, "
        "4 propagationPolicy string, 5 dryRun *string"
    ),
    "Preconditions": "1 uid string, 2 resourceVersion string",
    "SelfSubjectAccessReview": "1 metadata ObjectMeta, 2 spec SelfSubjectAccessReviewSpec, 3 status ignored",
    "SelfSubjectAccessReviewSpec": (
        "1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes PathAttributes"
    ),
    "ResourceAttributes": (
        "1 namespace string, 2 verb string, 3 group string, 4 version string, 5 resource string, "
        "6 subresource string, 7 name string"
    ),
    "PathAttributes": "1 path string, 2 verb string",
    "IntOrString": "1 type int, 2 intVal int, 3 strVal string",
    "Time": "1 seconds int, 2 nanos int",
    "Nothing": "",
}

FIELDS = {
    message: {
        int(number): (name, kind) for number, name, kind in map(str.split, filter(None, fields.split(", ")))
    }
    for message, fields in _MESSAGES.items()
}
"""By message and field number, the field's name and type."""
