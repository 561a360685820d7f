"""What the kubelet itself says, before and beside what the runtime answers it.

Source: kubelet, pkg/kubelet/images/image_manager.go, pkg/kubelet/kubelet_pods.go, pkg/credentialprovider.
"""

from pullsecret.core.causes import Cause
from pullsecret.core.explain.rules.rule import CERTAIN, LIKELY, POSSIBLE, Rule

_OWN = r"(?:Failed to pull image <name>|.*\bErrImagePull)\n"
"""What stands before an error that the kubelet met before it asked the runtime."""

RULES: tuple[Rule, ...] = (
    Rule(
        "kubelet",
        Cause.NEVER_PULL,
        CERTAIN,
        (
            r".*Container image .* is not present with pull policy of Never",
            r".*\bErrImageNeverPull\b",
        ),
    ),
    Rule(
        "kubelet",
        Cause.INVALID_IMAGE_NAME,
        CERTAIN,
        (
            r".*Failed to apply default image tag",
            r"couldn't parse image (?:reference|name)",
            r"InvalidImageName\b",
            r"invalid reference format",
            r"failed to parse reference",
            r"repository name must have at least one component",
            r"(?:failed to )?(?:parse|normalize) image (?:reference|name)",
            r".*\brepository name must be lowercase",
            r".*\bInvalidDefaultImage",
        ),
    ),
    Rule(
        "kubelet",
        Cause.PULL_THROTTLED,
        CERTAIN,
        (
            r"pull QPS exceeded",
            r".*image pull(?:s)? .*QPS exceeded",
        ),
    ),
    Rule(
        "kubelet",
        Cause.SECRET_MALFORMED,
        CERTAIN,
        (
            r"(?:unable to )?parse auth field, must be formatted as base64",
            r"invalid decoded auth",
            r"cannot unmarshal .* (?:of type|Go value of type) credentialprovider\.",
            rf"{_OWN}(?:illegal base64 data|json\n|unexpected end of JSON input|invalid character )",
        ),
    ),
    Rule(
        "kubelet",
        Cause.SECRET_MALFORMED,
        LIKELY,
        (
            r"illegal base64 data at input byte",
            r"parse auth field",
        ),
    ),
    Rule(
        "kubelet",
        Cause.SECRET_MISSING,
        LIKELY,
        (
            r".*Unable to retrieve some image pull secrets",
            r".*FailedToRetrieveImagePullSecret",
            r".*Unable to retrieve pull secret",
        ),
    ),
    Rule(
        "kubelet",
        Cause.CREDENTIAL_PROVIDER_FAILED,
        CERTAIN,
        (
            r".*credential provider plugin",
            r".*external (?:registry )?credential provider",
            r"Failed to get service account (?:data|token)",
            r"Error getting service account token",
            r".*docker-credential-[\w-]+",
            r".*error getting credentials",
        ),
    ),
    Rule(
        "kubelet",
        Cause.CREDENTIAL_PROVIDER_FAILED,
        LIKELY,
        (
            r".*NoCredentialProviders",
            r".*no valid providers in chain",
            r".*while (?:reading|requesting) (?:'google-dockercfg|ECR authorization)",
            r".*failed to (?:get|refresh) (?:AWS credentials|acr)",
        ),
    ),
)

BACK_OFF: tuple[Rule, ...] = (
    Rule(
        "kubelet",
        Cause.UNKNOWN,
        POSSIBLE,
        (r"(?:Init:)?(?:ErrImagePull|ImagePullBackOff)\b",),
        when=lambda message: not message.image,
        note="bare-pull",
    ),
    Rule(
        "kubelet",
        Cause.UNKNOWN,
        POSSIBLE,
        (
            r".*Back-off pulling image",
            r".*\b(?:ImagePullBackOff|ErrImagePull)\b",
            r".*trying and failing to pull image",
            r".*image can't be pulled",
        ),
        note="back-off",
    ),
)
