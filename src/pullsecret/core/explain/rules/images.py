"""What the runtimes say of the image itself, and of the rules that the node has for images.

Source: containerd, core/images, core/remotes and core/content; containers/image, signature, copy and
pkg/shortnames; moby, distribution; Go and the Linux kernel where they are quoted.
"""

from pullsecret.core.causes import Cause
from pullsecret.core.explain.rules.rule import CERTAIN, LIKELY, POSSIBLE, Rule

POLICY: tuple[Rule, ...] = (
    Rule(
        "CRI-O",
        Cause.SIGNATURE_REJECTED,
        CERTAIN,
        (
            r"SignatureValidationFailed",
            r"Source image rejected",
            r".*signature (?:was required|validation failed)",
            r".*signature verification failed",
            r".*is rejected by policy",
            r".*None of the signatures were accepted",
            r".*no (?:valid |matching )?signatures? (?:exists?|found)",
            r".*trust data for",
            r".*unrecognized signature format",
        ),
    ),
    Rule(
        "CRI-O",
        Cause.SIGNATURE_REJECTED,
        LIKELY,
        (
            r"invalid policy in ",
            r".*policy\.json",
        ),
    ),
    Rule(
        "CRI-O",
        Cause.SHORT_NAME_UNRESOLVED,
        CERTAIN,
        (
            r"short.name (?:mode|resolution)",
            r".*returns ambiguous list",
            r"short.name .*did not resolve",
            r".*no unqualified-search registries",
            r".*is a short name and no search registries",
            r"no registries configured while trying to pull an unqualified image",
            r".*insecure short.name",
        ),
    ),
    Rule(
        "CRI-O",
        Cause.REGISTRY_BLOCKED,
        CERTAIN,
        (r".*registry \S+ is blocked in", r".*\bregistr(?:y|ies) \S+ (?:is |are )?not allowed"),
    ),
)

IMAGE: tuple[Rule, ...] = (
    Rule("containerd", Cause.PLATFORM_MISMATCH, CERTAIN, (r"no match for platform in manifest",)),
    Rule(
        "Docker",
        Cause.PLATFORM_MISMATCH,
        CERTAIN,
        (
            r"no matching manifest for",
            r".*does not match the specified platform",
            r".*does not provide the specified platform",
            r".*does not contain descriptor matching platform",
            r"image operating system .* cannot be used on this platform",
            r".*operating system .*cannot be used",
        ),
    ),
    Rule(
        "CRI-O",
        Cause.PLATFORM_MISMATCH,
        CERTAIN,
        (
            r".*no image found in (?:manifest|image index|index).* for architecture",
            r".*mismatched image rootfs.*architecture",
            r".*image's (?:architecture|OS) ",
        ),
    ),
    Rule(
        "Windows",
        Cause.PLATFORM_MISMATCH,
        CERTAIN,
        (
            r".*container operating system does not match the host",
            r".*-based image is incompatible with a ",
        ),
    ),
    Rule("Linux", Cause.PLATFORM_MISMATCH, LIKELY, (r".*exec format error",)),
    Rule(
        "containerd",
        Cause.MIRROR_MISCONFIGURED,
        LIKELY,
        (r".*\btext/html\b",),
        (Cause.REGISTRY_ERROR,),
    ),
    Rule(
        "containerd",
        Cause.MIRROR_MISCONFIGURED,
        CERTAIN,
        (
            r"parse registry endpoint .*from mirrors",
            r"(?:failed to )?(?:decode|parse|load) .*hosts\.toml",
            r".*hosts\.toml",
            r"loading registries",
            r".*unsupported protocol scheme",
            r".*no Host in request URL",
            r".*first path segment in URL cannot contain colon",
            r"failed to (?:load CA file|get TLSConfig|update http client)",
            r"unable to (?:read|load) CA cert",
            r"failed to load X509 key pair",
            r"(?:get )?registry endpoints",
        ),
    ),
    Rule(
        "containerd",
        Cause.MANIFEST_UNSUPPORTED,
        CERTAIN,
        (
            r"Pulling Schema 1 images",
            r".*schema ?1\b.*(?:support|deprecat|removed)",
            r"media type .* is no longer supported",
            r".*DEPRECATION NOTICE",
            r".*Docker Image Format v1",
            r"schema 1 not supported",
            r".*(?:OCI (?:index|manifest)|manifest list) found, but",
            r"(?:un|not )supported manifest (?:media type|format|type|schema)",
            r"unsupported (?:manifest )?(?:media ?type|MIME type|image-specific operation|schema version)",
            r"mediaType in manifest should be",
            r".*no processor for media-type",
            r".*unsupported manifest format",
            r"Encountered remote .*when fetching",
            r"invalid rootfs in image configuration",
            r"missing signature key",
            r".*Unimplemented manifest",
            r".*is not a container image",
            r"expected manifest but found",
            r".*unknown compression",
            r"reference is an? (?:OCI )?artifact",
            r"AI models are not yet supported",
            r"could not find .*application/vnd",
        ),
    ),
    Rule(
        "containerd",
        Cause.MANIFEST_UNSUPPORTED,
        POSSIBLE,
        (r"descriptor is neither a manifest or index",),
        (Cause.MIRROR_MISCONFIGURED, Cause.REGISTRY_ERROR),
    ),
    Rule(
        "containerd",
        Cause.DIGEST_MISMATCH,
        CERTAIN,
        (
            r"unexpected commit (?:digest|size)",
            r".*failed size validation",
            r".*(?:manifest|image|layer) verification failed for digest",
            r".*verification failed for digest",
            r"Digest did not match",
            r".*digest mismatch",
            r".*error verifying sha256 checksum",
            r".*wrong diff ?id",
            r".*does not match (?:the )?(?:expected )?digest",
            r".*digest .* does not match",
            r".*diff ?id.*(?:mismatch|did not match)",
            r".*invalid diffID",
        ),
    ),
)
