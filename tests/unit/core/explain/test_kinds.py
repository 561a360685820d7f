"""Kinds of one cause have sentences and mends of their own, filled in with whom the "
"message says was asked."""

import pytest

from pullsecret.core.catalogue import ENTRIES
from pullsecret.core.causes import Cause
from pullsecret.core.explain import explain

IMAGE = "reg.test:5000/team/app:1"
FAILED = f'Failed to pull image "{IMAGE}": rpc error: code = Unknown desc = '
HEAD = f'{FAILED}failed to do request: Head "https://reg.test:5000/v2/team/app/manifests/1": '
TLS = f"{HEAD}tls: failed to verify certificate: x509: "
DATES = "certificate has expired or is not yet valid"


def commands(explanation):
    return [str(fix.command) for fix in explanation.fixes() if fix.command]


@pytest.mark.parametrize(
    ("message", "cause", "kind", "summary"),
    [
        pytest.param(
            f"{TLS}{DATES}: current time 2025-06-12T03:05:25Z is after 2025-06-07T05:48:45Z",
            Cause.TLS_INVALID_CERTIFICATE, "certificate-expired",
            "The certificate of reg.test:5000 has expired", id="expired",
        ),
        pytest.param(
            f"{TLS}{DATES}: current time 1970-01-01T00:05:25Z is before 2025-06-07T05:48:45Z",
            Cause.NODE_CLOCK_SKEW, "certificate-early",
            "The certificate of reg.test:5000 is not valid yet by the node's clock, which is probably behind",
            id="not valid yet",
        ),
        pytest.param(
            f"{TLS}{DATES}", Cause.TLS_INVALID_CERTIFICATE, "certificate-dates",
            "The certificate of reg.test:5000 has expired, or is not valid yet by the node's clock; "
            "the message does "
            "not tell which", id="either",
        ),
        pytest.param(
            f"{TLS}certificate is valid for a.test, b.test, not reg.test",
            Cause.TLS_INVALID_CERTIFICATE, "certificate-name",
            "The certificate of reg.test:5000 is for other names than this one", id="other names",
        ),
        pytest.param(
            f"{TLS}cannot validate certificate for 10.1.2.3 because it doesn't contain any IP SANs",
            Cause.TLS_INVALID_CERTIFICATE, "certificate-address",
            "The certificate of reg.test:5000 does not have this address in it", id="no address",
        ),
        pytest.param(
            f"{TLS}certificate relies on legacy Common Name field, use SANs instead",
            Cause.TLS_INVALID_CERTIFICATE, "certificate-common-name",
            "The certificate of reg.test:5000 has its name as common name only, which no longer counts",
            id="common name",
        ),
        pytest.param(
            f"{TLS}certificate signed by unknown authority", Cause.TLS_UNKNOWN_AUTHORITY, "",
            "The node does not trust the authority that signed the certificate of reg.test:5000",
            id="unknown authority",
        ),
        pytest.param(
            f"{HEAD}http: server gave HTTP response to HTTPS client", Cause.HTTP_HTTPS_MISMATCH,
            "speaks-http",
            "reg.test:5000 speaks plain HTTP, and the node asked it by HTTPS", id="speaks HTTP",
        ),
        pytest.param(
            f'{FAILED}Get "http://reg.test:5000/v2/": Client sent an HTTP request to an HTTPS server.',
            Cause.HTTP_HTTPS_MISMATCH, "speaks-https",
            "reg.test:5000 speaks HTTPS, and the node asked it by plain HTTP", id="speaks HTTPS",
        ),
        pytest.param(
            'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup '
            "registry-1.docker.io on 10.0.0.2:53: no such host", Cause.DNS_FAILURE, "dns-public",
            "The node cannot look up registry-1.docker.io, which is there for everybody: its DNS "
            "fails, or it has no "
            "way to the internet", id="Docker Hub's name",
        ),
        pytest.param(
            "dial tcp: lookup nexus.tools.svc.cluster.local on 10.0.0.2:53: server misbehaving",
            Cause.DNS_FAILURE, "dns-cluster-name",
            "nexus.tools.svc.cluster.local is a name that only the cluster's own DNS knows; images are "
            "pulled by the "
            "node, which asks its own", id="a Service's name",
        ),
        pytest.param(
            "lookup reg.test on 10.0.0.2:53: read udp 10.0.0.9:41->10.0.0.2:53: i/o timeout",
            Cause.DNS_FAILURE, "dns-no-answer",
            "The name server that the node asked for reg.test gave no answer; whether the name exists "
            "is not told",
            id="no answer",
        ),
        pytest.param(
            "lookup reg.test on 10.0.0.2:53: no such host", Cause.DNS_FAILURE, "",
            "The node's DNS gives no address for reg.test", id="no such name",
        ),
        pytest.param(
            'Get "http://localhost:5000/v2/": dial tcp [::1]:5000: connect: connection refused',
            Cause.CONNECTION_REFUSED, "refused-loopback",
            "localhost:5000 is the node itself, and nothing accepts connections there", id="loopback",
        ),
        pytest.param(
            'Failed to inspect image "": rpc error: code = DeadlineExceeded desc = context deadline exceeded',
            Cause.UNKNOWN, "runtime-slow",
            "The container runtime of the node did not answer in time when it was asked whether the "
            "image is there; "
            "no registry was asked", id="a slow runtime",
        ),
        pytest.param(
            f'"PullImage from image service failed" err="rpc error: code = Unimplemented desc = unknown '
            f'service '
            f'runtime.v1alpha2.ImageService" image="{IMAGE}"', Cause.UNKNOWN, "runtime-version",
            f"The node's container runtime does not speak this version of CRI; no registry was asked "
            f"for {IMAGE}",
            id="an old runtime",
        ),
    ],
)  # fmt: skip
def test_each_kind_has_its_first_line(message, cause, kind, summary):
    explanation = explain(message)
    assert (explanation.cause, explanation.kind, explanation.summary) == (cause, kind, summary)
    assert explanation.entry.cause is cause
    assert (explanation.entry is not ENTRIES[cause]) == (kind not in {"", "certificate-dates"})


@pytest.mark.parametrize(
    ("message", "command"),
    [
        pytest.param(
            f"{HEAD}dial tcp 10.1.2.3:5000: connect: connection refused",
            "curl -sv https://reg.test:5000/v2/", id="the address that was asked",
        ),
        pytest.param(
            'Get "http://reg.test:5000/v2/": dial tcp 10.1.2.3:5000: connect: connection refused',
            "curl -sv http://reg.test:5000/v2/", id="by the scheme that was asked",
        ),
        pytest.param(
            f"{HEAD}http: server gave HTTP response to HTTPS client",
            "curl -sv http://reg.test:5000/v2/", id="by the one that is spoken",
        ),
        pytest.param(
            'Get "http://reg.test/v2/": Client sent an HTTP request to an HTTPS server.',
            "curl -sv https://reg.test/v2/", id="and the reverse",
        ),
        pytest.param(
            'Failed to pull image "nginx:1": net/http: TLS handshake timeout',
            "curl -sv https://registry-1.docker.io/v2/", id="Docker Hub's API has another name",
        ),
        pytest.param(
            "dial tcp 10.1.2.3:5000: connect: connection refused",
            "curl -sv https://10.1.2.3:5000/v2/", id="where a connection was tried",
        ),
        pytest.param(
            "tls: failed to verify certificate: x509: certificate is valid for a.test, not reg.test",
            "curl -vI https://reg.test/v2/", id="the name that the certificate lacks",
        ),
        pytest.param(
            "x509: cannot validate certificate for 10.1.2.3 because it doesn't contain any IP SANs",
            "curl -vI https://10.1.2.3/v2/", id="or the address",
        ),
        pytest.param("connection refused", "curl -sv https://REGISTRY/v2/", id="nothing told"),
        pytest.param(
            "lookup reg.test on 10.0.0.2:53: no such host", "getent hosts reg.test", id="a look-up"
        ),
        pytest.param(
            'Failed to pull image "<name>.test/a:1": connection refused', "curl -sv https://REGISTRY/v2/",
            id="what is no host",
        ),
    ],
)  # fmt: skip
def test_commands_ask_whom_the_node_asked(message, command):
    assert command in commands(explain(message))


def test_a_proxy_is_not_taken_for_the_registry():
    explanation = explain("proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused")
    assert (explanation.cause, explanation.registry, explanation.endpoint) == (Cause.PROXY_FAILURE, "", "")


def test_a_credential_is_kept_under_the_name_that_images_use():
    explanation = explain(
        'Failed to pull image "nginx:1": unexpected status from HEAD request to '
        "https://registry-1.docker.io/v2/library/nginx/manifests/1: 429 Too Many Requests"
    )
    assert "--registry docker.io" in commands(explanation)[0]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("CrashLoopBackOff", "container-stops"),
        ("OOMKilled", "container-stops"),
        ("RunContainerError", "container-stops"),
        ("Back-off restarting failed container web in pod web-1_shop(9b1c)", "container-stops"),
        (('Error: failed to start container "web": OCI runtime create failed: exec: "x": '
         'not found'), "container-stops"),
        ("CreateContainerConfigError", "container-config"),
        ('Error: secret "db" not found', "container-config"),
        ('Error: configmap "app" not found', "container-config"),
        ("Error: couldn't find key password in Secret shop/db", "container-config"),
        ("CreateContainerError", "container-create"),
        ("Error: context deadline exceeded", "container-create"),
        ("FailedScheduling", "scheduling"),
        ("Insufficient cpu", "scheduling"),
        ("0/3 nodes are available: 3 Insufficient memory.", "scheduling"),
        ("FailedMount", "volumes"),
        ('MountVolume.SetUp failed for volume "v" : secret "tls" not found', "volumes"),
        (('Failed to attach volume "v": rpc error: code = DeadlineExceeded desc = context '
         'deadline exceeded'), "volumes"),
        ("Liveness probe failed", "probes"),
        (('Readiness probe failed: Get "http://10.1.2.3/": dial tcp 10.1.2.3:80: connect: '
         'connection refused'), "probes"),
        ("Unhealthy", "probes"),
        ('failed to setup network for sandbox "0e": plugin type="x": connection is unauthorized', "sandbox"),
        ('rpc error: code = Unknown desc = RuntimeHandler "gvisor" not supported', "sandbox"),
        ("NetworkPluginNotReady", "sandbox"),
        ("Evicted", "evicted"),
        ("The node was low on resource: memory.", "evicted"),
        ('Error creating: pods "web-1" is forbidden: exceeded quota: q', "refused-by-api"),
        ('failed calling webhook "w": Post "https://w.svc/": x509: certificate signed by unknown authority',
         "refused-by-api"),
        ("Unable to connect to the server: dial tcp: lookup c.test on 10.0.0.2:53: no such host", "kubectl"),
        ("error: You must be logged in to the server (Unauthorized)", "kubectl"),
        (('Error from server (Forbidden): pods is forbidden: User "dev" cannot list '
         'resource "pods"'), "kubectl"),
        (("The connection to the server localhost:8080 was refused - did you specify the "
         "right host or port?"), "kubectl"),
        ("ContainerCreating", "bare-state"),
        ("Pending", "bare-state"),
        ("ImageInspectError", "bare-state"),
        ("ImagePullBackOff", "bare-pull"),
        ("ErrImagePull", "bare-pull"),
        ("Error: ImagePullBackOff", "bare-pull"),
        ("Init:ErrImagePull", "bare-pull"),
    ],
)  # fmt: skip
def test_what_is_no_pull_or_no_cause_says_where_to_look(words, kind):
    explanation = explain(words)
    assert (explanation.cause, explanation.kind, explanation.alternatives) == (Cause.UNKNOWN, kind, ())
    assert explanation.summary.startswith("This is no image pull problem: ") != kind.startswith("bare-")
    assert commands(explanation)


def test_a_mere_back_off_points_to_doctor():
    explanation = explain("ImagePullBackOff")
    assert explanation.summary.startswith("ImagePullBackOff says that an image could not be pulled")
    assert commands(explanation)[:2] == [
        "pullsecret doctor -n NAMESPACE pod/POD", "kubectl describe pod POD -n NAMESPACE",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [
        f"{FAILED}no space left on device, after CrashLoopBackOff",
        'pod "web" is CrashLoopBackOff; Failed to pull image "reg.test/b:1": no space left on device',
        (
            "Error from server (BadRequest): container is waiting to start: image can't be pulled: no "
            "space left on device"
        ),
    ],
)
def test_a_pull_counts_beside_what_is_none(message):
    assert explain(message).cause is Cause.DISK_FULL


@pytest.mark.parametrize(
    ("words", "cause", "confidence"),
    [
        ("401", Cause.UNAUTHORIZED, "possible"),
        ("HTTP 403", Cause.CREDENTIAL_FORBIDDEN, "possible"),
        ("error: 404", Cause.IMAGE_NOT_FOUND, "possible"),
        ("407", Cause.PROXY_FAILURE, "possible"),
        ("429", Cause.RATE_LIMITED, "possible"),
        ("503", Cause.REGISTRY_ERROR, "possible"),
        ("x509", Cause.TLS_INVALID_CERTIFICATE, "possible"),
        ("unauthorized", Cause.UNAUTHORIZED, "possible"),
        ("denied", Cause.DENIED_OR_MISSING, "possible"),
        ("no such host", Cause.DNS_FAILURE, "likely"),
        ("connection refused", Cause.CONNECTION_REFUSED, "likely"),
        ("i/o timeout", Cause.NETWORK_TIMEOUT, "possible"),
        ("timed out", Cause.NETWORK_TIMEOUT, "possible"),
        ("EOF", Cause.NETWORK_TIMEOUT, "possible"),
        ("not found", Cause.IMAGE_NOT_FOUND, "possible"),
        ("ErrImageNeverPull", Cause.NEVER_PULL, "certain"),
        ("pull QPS exceeded", Cause.PULL_THROTTLED, "certain"),
        ("x509: certificate signed by unknown authority", Cause.TLS_UNKNOWN_AUTHORITY, "likely"),
        ("db: could not connect to server: connection refused", Cause.CONNECTION_REFUSED, "likely"),
        ("unauthorized: authentication required", Cause.UNAUTHORIZED, "likely"),
        ("toomanyrequests: rate exceeded", Cause.RATE_LIMITED, "certain"),
        ("40", Cause.UNKNOWN, "possible"),
        ("page 404 of the book", Cause.UNKNOWN, "possible"),
    ],
)
def test_words_that_stand_alone_are_no_proof(words, cause, confidence):
    explanation = explain(words)
    assert (explanation.cause, explanation.confidence) == (cause, confidence)
    if confidence == "possible" and cause not in {Cause.UNKNOWN, Cause.PROXY_FAILURE, Cause.RATE_LIMITED}:
        assert explanation.alternatives
