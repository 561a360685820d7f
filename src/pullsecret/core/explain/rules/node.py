"""What containerd, CRI-O and Docker say of the node, once the registry has answered.

Source: containerd, core/unpack, core/diff and pkg/archive; containers/storage; moby, layer; the words of
the Linux kernel that all of them pass on.
"""

from pullsecret.core.causes import Cause
from pullsecret.core.explain.message import Message
from pullsecret.core.explain.rules.rule import CERTAIN, LIKELY, POSSIBLE, Rule

DISK: tuple[Rule, ...] = (
    Rule(
        "Linux",
        Cause.DISK_FULL,
        CERTAIN,
        (
            r".*\bno space left on device",
            r".*disk quota exceeded",
            r".*not enough space on the disk",
            r".*\bENOSPC\b",
        ),
    ),
    Rule(
        "kubelet",
        Cause.DISK_FULL,
        LIKELY,
        (
            r".*failed to garbage collect required amount of images",
            r".*low on resource\n(?:ephemeral-storage|imagefs)",
            r".*FreeDiskSpaceFailed",
            r".*ImageGCFailed",
        ),
    ),
)


def _was_canceled(message: Message) -> bool:
    """Tell whether it was given up, rather than refused; a chain that ends so says nothing more."""
    return message.grpc in {"Canceled", "DeadlineExceeded"} or message.says(
        r"(?:.* )?context (?:canceled|deadline exceeded)|.*operation was canceled"
    )


CANCELED: tuple[Rule, ...] = (
    Rule(
        "containerd",
        Cause.PULL_CANCELED,
        LIKELY,
        (
            r".*because of no progress",
            r".*lack of progress",
            r".*no progress (?:in|for)",
        ),
        (Cause.NETWORK_TIMEOUT,),
    ),
    Rule("gRPC", Cause.PULL_CANCELED, LIKELY, alternatives=(Cause.NETWORK_TIMEOUT,), when=_was_canceled),
)

EXTRACTION: tuple[Rule, ...] = (
    Rule(
        "containerd",
        Cause.UNPACK_FAILED,
        CERTAIN,
        (
            r"failed to extract layer",
            r"failed to (?:prepare extraction|create prepare|commit) snapshot",
            r".*mount callback failed",
            r"failed to unpack image",
            r"failed to unpack",
            r"failed to stat parent",
            r"parent snapshot",
            r"mismatched image rootfs",
            r".*\bapply layer\b",
            r"failed to get reader from content store",
            r".*\bsnapshotter\b.* (?:not found|not loaded|does not exist)",
            r".*failed to convert whiteout",
            r".*archive/tar",
            r".*\bunpigz\b",
            r"gzip\n",
            r".*stargz",
            r".*nydus",
        ),
    ),
    Rule(
        "Docker",
        Cause.UNPACK_FAILED,
        CERTAIN,
        (
            r"failed to register layer",
            r".*Error processing tar file",
            r"ApplyLayer",
            r".*layer does not exist",
            r".*hcsshim",
            r".*re-exec error",
            r".*filesystem layer .*(?:fail|corrupt)",
            r".*error creating overlay mount",
            r".*layers from manifest don't match",
        ),
    ),
)

STORAGE: tuple[Rule, ...] = (
    Rule(
        "Linux",
        Cause.UNPACK_FAILED,
        LIKELY,
        (r".*(?:readlink|stat|open|lstat|rename|mkdir|link|chtimes|lchown) <path>",),
    ),
    Rule(
        "CRI-O",
        Cause.UNPACK_FAILED,
        CERTAIN,
        (
            r"(?:error )?(?:committing the finished image|adding layer|processing tar file)",
            r"(?:error )?(?:storing blob|writing blob|creating (?:layer|temporary|read-write layer))",
            r".*layer not known",
            r".*image not known",
            r".*locating (?:image|layer) with ID",
            r".*does not resolve to an image ID",
        ),
    ),
    Rule(
        "Linux",
        Cause.UNPACK_FAILED,
        LIKELY,
        (
            r".*read-only file system",
            r".*input/output error",
            r".*structure needs cleaning",
            r".*too many (?:open files|levels of)",
            r".*device or resource busy",
            r".*operation not supported",
            r".*failed to mount",
        ),
    ),
    Rule(
        "Docker",
        Cause.UNPACK_FAILED,
        POSSIBLE,
        (
            r".*ImageInspectError\n",
            r".*failed to create image",
            r".*broken image",
        ),
    ),
)
