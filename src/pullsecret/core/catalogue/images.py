"""Causes that lie in the image: its name, its platform, its format, its content."""

from pullsecret.core.catalogue import links
from pullsecret.core.catalogue.model import CatalogueEntry, Mend
from pullsecret.core.causes import Cause

_SET_IMAGE = Mend(
    "Name an image that is there in the workload", ("kubectl", "edit", "{workload}", ("-n", "{namespace}"))
)
_VERIFY = Mend(
    "Ask the registry for the image",
    ("pullsecret", "verify", "{image}", ("-n", "{namespace}"), ("--secret", "{secret}")),
)

ENTRIES: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        Cause.IMAGE_NOT_FOUND,
        "The registry has no such image",
        "The registry answers, and says that it has no such repository, tag or digest. "
        "The name is wrong, or the image was never pushed there, or was deleted.",
        "Where the registry may only be hiding it, it is `denied-or-missing`. A tag that is there for other platforms "
        "only is `platform-mismatch`; a web page in place of an image is `mirror-misconfigured`.",
        (
            "Compare registry, path and tag with what was pushed, letter by letter.",
            "Did the build that pushes this tag succeed? Was the tag deleted by a retention rule?",
        ),
        (_VERIFY, _SET_IMAGE, Mend("Push the image; the Pod then recovers by itself")),
        (links.IMAGES, links.API_SPEC),
    ),
    CatalogueEntry(
        Cause.PLATFORM_MISMATCH,
        "The image is not for the node's platform",
        "The image exists, but was not built for the operating system and architecture of this node. "
        "An image for one platform only may even be pulled, and then fails with `exec format error`.",
        "containerd ends its message with `not found`, though the image is there: other than `image-not-found`, it says "
        "`no match for platform in manifest` before.",
        (
            "Which platforms does the image have, and which one is the node of?",
            "Was it built on another kind of machine (an Apple laptop builds for arm64)?",
        ),
        (
            Mend("See which platforms the image is for", ("pullsecret", "verify", "{image}", ("-n", "{namespace}"))),
            Mend("Build and push it for all platforms that the cluster has",
                 ("docker", "buildx", "build", "--platform", "linux/amd64,linux/arm64", "--tag", "{image}", "--push", ".")),
            Mend("Or place the Pods on nodes of its platform (nodeSelector kubernetes.io/arch)"),
        ),
        (links.MULTI_PLATFORM, links.IMAGES),
    ),
    CatalogueEntry(
        Cause.INVALID_IMAGE_NAME,
        "The image's name is not valid",
        "The name fits no registry: it has capitals, a space or a scheme in it, or a part is empty. "
        "The kubelet does not even try to pull it.",
        "It is told before any registry is asked, as reason `InvalidImageName`. A name that is valid but wrong is "
        "`image-not-found` or `denied-or-missing`; one without a registry may be `short-name-unresolved`.",
        (
            "Was a value of a template left empty (`None:None`, `/app:1`)?",
            "No `https://`, no capitals before the tag, no blank at its end.",
        ),
        (Mend("Write it as [registry/]repository[:tag], in lower case and without a scheme",
              ("kubectl", "edit", "{workload}", ("-n", "{namespace}"))),),
        (links.IMAGES,),
    ),
    CatalogueEntry(
        Cause.SHORT_NAME_UNRESOLVED,
        "The image's name has no registry",
        "The image is named without a registry, and CRI-O and podman take that for Docker Hub only where they are told to. "
        "More than one registry, or none, is set for such names on the node.",
        "containerd and Docker always take Docker Hub, and never say this. The registry was not asked, other than for "
        "`image-not-found`.",
        ("Which `unqualified-search-registries` and aliases has the node's registries.conf?",),
        (
            Mend("Write the image with its registry, as docker.io/library/nginx",
                 ("kubectl", "edit", "{workload}", ("-n", "{namespace}"))),
            Mend("Or set one search registry in registries.conf, or short_name_mode in crio.conf, on the nodes"),
        ),
        (links.REGISTRIES_CONF,),
    ),
    CatalogueEntry(
        Cause.NEVER_PULL,
        "The image may not be pulled, and is not there",
        "The container's imagePullPolicy is Never, so the kubelet takes only what the node has already. "
        "The node does not have this image, or its runtime does not see it, or it was pulled with a credential that this Pod "
        "does not have.",
        "Reason `ErrImageNeverPull`; no registry is asked. An image that `docker images` shows is not there for a kubelet "
        "that runs containerd. Kubernetes since 1.35 (1.33 behind a feature gate) says the same of an image that is there for "
        "other credentials, so as not to tell that it is.",
        (
            "Was the image loaded onto this node, and into the runtime that the kubelet uses (`crictl images`)?",
            "Is it the very same name and tag?",
            "Is it a private image that another Pod's credential brought there? Then this Pod needs that credential too.",
        ),
        (
            Mend("Allow pulling: set imagePullPolicy to IfNotPresent", ("kubectl", "edit", "{workload}",
                                                                        ("-n", "{namespace}"))),
            Mend("Or load the image onto every node that may run the Pod (ctr -n k8s.io images import, kind load)"),
        ),
        (links.PULL_POLICY, links.CRICTL),
    ),
    CatalogueEntry(
        Cause.MANIFEST_UNSUPPORTED,
        "The runtime does not take this format",
        "The registry has the image, but in a format that the node's runtime does not read. "
        "It is very old (schema 1), compressed in a new way, or no container image at all, as a Helm chart.",
        "Other than `platform-mismatch`, it is not about the architecture; other than `unpack-failed`, nothing was "
        "unpacked yet. containerd since 2.0 and Docker since 26 read schema 1 only if they are told to, or not at all.",
        (
            "Which media type has the manifest?",
            "Is the name that of a chart, a signature or another artifact?",
        ),
        (
            Mend("Convert it and push it again, under a repository of yours",
                 ("skopeo", "copy", "--format", "oci", "docker://{image}", "docker://TARGET")),
            Mend("Or build it again with a present-day tool, or bring the node's runtime up to date"),
        ),
        (links.SCHEMA_1, links.API_SPEC),
    ),
    CatalogueEntry(
        Cause.DIGEST_MISMATCH,
        "What arrived is not what was asked for",
        "The bytes that were downloaded do not have the digest or size that the manifest says. "
        "Something on the way cut or changed them, or a half download was left on the node.",
        "Other than `unpack-failed`, the content is refused before it is unpacked. sha256:e3b0c442… is the digest of "
        "nothing at all: an empty answer.",
        (
            "Does it happen on one node, or on all? One: the node; all: a proxy, a mirror or the registry.",
            "Does a proxy on the way scan or rewrite downloads?",
        ),
        (
            Mend("Remove half downloads on the node: stop containerd, empty "
                 "/var/lib/containerd/io.containerd.content.v1.content/ingest, start it"),
            Mend("Take the proxy or mirror out of the way and pull again", ("crictl", "pull", "{image}")),
            Mend("Push the image again, if all nodes fail"),
        ),
        (links.CONTAINERD_GC, links.MIRROR),
    ),
)  # fmt: skip
