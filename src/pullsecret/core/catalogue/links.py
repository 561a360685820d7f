"""Pages of documentation that several causes point to."""

from typing import Final

from pullsecret.core.catalogue.model import Link

_K8S: Final = "https://kubernetes.io/docs"
_LIBS: Final = "https://github.com/containers/container-libs/blob/main/image/docs"

PRIVATE_REGISTRY: Final = Link(
    "Kubernetes: pull an image from a private registry",
    f"{_K8S}/tasks/configure-pod-container/pull-image-private-registry/",
)
IMAGES: Final = Link("Kubernetes: images", f"{_K8S}/concepts/containers/images/")
PULL_POLICY: Final = Link(
    "Kubernetes: image pull policy", f"{_K8S}/concepts/containers/images/#image-pull-policy"
)
SERVICE_ACCOUNT: Final = Link(
    "Kubernetes: add imagePullSecrets to a ServiceAccount",
    f"{_K8S}/tasks/configure-pod-container/configure-service-account/#add-imagepullsecrets-to-a-service-account",
)
DOCKER_SECRETS: Final = Link(
    "Kubernetes: docker config Secrets", f"{_K8S}/concepts/configuration/secret/#docker-config-secrets"
)
CREDENTIAL_PROVIDER: Final = Link(
    "Kubernetes: credential providers of the kubelet",
    f"{_K8S}/tasks/administer-cluster/kubelet-credential-provider/",
)
KUBELET: Final = Link(
    "Kubernetes: configuration of the kubelet", f"{_K8S}/reference/config-api/kubelet-config.v1beta1/"
)
NODE_PRESSURE: Final = Link(
    "Kubernetes: node-pressure eviction", f"{_K8S}/concepts/scheduling-eviction/node-pressure-eviction/"
)
CRICTL: Final = Link("Kubernetes: debug nodes with crictl", f"{_K8S}/tasks/debug/debug-cluster/crictl/")
DNS: Final = Link("Kubernetes: debug DNS", f"{_K8S}/tasks/administer-cluster/dns-debugging-resolution/")
HOSTS_TOML: Final = Link(
    "containerd: registry hosts (certs.d)", "https://github.com/containerd/containerd/blob/main/docs/hosts.md"
)
CONTAINERD_CRI: Final = Link(
    "containerd: configuration of CRI",
    "https://github.com/containerd/containerd/blob/main/docs/cri/config.md",
)
CONTAINERD_GC: Final = Link(
    "containerd: garbage collection",
    "https://github.com/containerd/containerd/blob/main/docs/garbage-collection.md",
)
REGISTRIES_CONF: Final = Link("CRI-O: registries.conf", f"{_LIBS}/containers-registries.conf.5.md")
POLICY_JSON: Final = Link("CRI-O: policy.json", f"{_LIBS}/containers-policy.json.5.md")
TOKEN_SPEC: Final = Link(
    "distribution: token authentication", "https://distribution.github.io/distribution/spec/auth/token/"
)
API_SPEC: Final = Link(
    "distribution: the registry's API and error codes",
    "https://distribution.github.io/distribution/spec/api/",
)
INSECURE: Final = Link(
    "distribution: registries without a public certificate",
    "https://distribution.github.io/distribution/about/insecure/",
)
MIRROR: Final = Link(
    "distribution: a registry as a cache", "https://distribution.github.io/distribution/recipes/mirror/"
)
SCHEMA_1: Final = Link(
    "distribution: image manifest schema 1, deprecated",
    "https://distribution.github.io/distribution/spec/deprecated-schema-v1/",
)
DOCKER_LOGIN: Final = Link(
    "Docker: docker login and credential stores", "https://docs.docker.com/reference/cli/docker/login/"
)
DOCKER_PULLS: Final = Link("Docker Hub: limits on pulls", "https://docs.docker.com/docker-hub/usage/pulls/")
DOCKER_PROXY: Final = Link("Docker: proxies of the daemon", "https://docs.docker.com/engine/daemon/proxy/")
MULTI_PLATFORM: Final = Link(
    "Docker: images for several platforms", "https://docs.docker.com/build/building/multi-platform/"
)
ECR: Final = Link(
    "Amazon ECR: registry authentication",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html",
)
GOOGLE: Final = Link(
    "Google Artifact Registry: access control",
    "https://cloud.google.com/artifact-registry/docs/access-control",
)
AZURE: Final = Link(
    "Azure ACR: troubleshoot login",
    "https://learn.microsoft.com/en-us/azure/container-registry/container-registry-troubleshoot-login",
)
HARBOR_ROBOTS: Final = Link(
    "Harbor: robot accounts of a project",
    "https://goharbor.io/docs/main/working-with-projects/project-configuration/create-robot-accounts/",
)
KUBERNETES_REGISTRY: Final = Link(
    "registry.k8s.io: debugging", "https://github.com/kubernetes/registry.k8s.io/blob/main/docs/debugging.md"
)
GO_PROXY: Final = Link(
    "Go: which proxy is used (NO_PROXY)", "https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config"
)
