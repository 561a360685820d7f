"""Reading a message: the chain of errors without names, and the facts in it."""

import pytest

from pullsecret.core.explain.hosts import registry_of
from pullsecret.core.explain.message import Message


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        pytest.param(
            'Failed to pull image "a/b:1": rpc error: code = Unknown desc = Get "https://r.test/v2/": EOF',
            ["Failed to pull image <name>", "rpc error", "code = Unknown", "Get <url>", "EOF"],
            id="containerd",
        ),
        pytest.param("Get https://r.test/v2/: EOF", ["Get <url>", "EOF"], id="an address without quotes"),
        pytest.param(
            'level=info msg="trying next host" error="a: b" host="r.test"',
            ["trying next host", "a", "b"],
            id="logfmt",
        ),
        pytest.param(
            r'err="failed \"x\": \\\"y\\\"" pod="z"', ["failed <name>", "<name>"], id="escaped quotes"
        ),
        pytest.param(
            "dial tcp 192.0.2.1:443: read tcp [::1]:1->[::1]:2: x",
            ["dial tcp <addr>", "read tcp <addr>-><addr>", "x"],
            id="addresses",
        ),
        pytest.param("open /var/lib/a b: x", ["open <path> b", "x"], id="paths"),
        pytest.param("in r.test:5000/a/b@sha256:0123456789: x", ["in <name>", "x"], id="a reference"),
        pytest.param("docker://r.test/a:1: x", ["<name>", "x"], id="a reference with its transport"),
        pytest.param("unix:///run/x.sock: x", ["<path>", "x"], id="a socket"),
        pytest.param(
            "application/vnd.oci.image: i/o timeout",
            ["application/vnd.oci.image", "i/o timeout"],
            id="no names",
        ),
        pytest.param("sta │\n│ tus: x", ["status", "x"], id="a box in the middle of a word"),
        pytest.param("a │\nb", ["a", "b"], id="half a box"),
        pytest.param("i/o\ntimeout", ["i/o timeout"], id="a wrapped line"),
        pytest.param(
            "errors:\ndenied: x\nunauthorized: y", ["errors", "denied", "x", "unauthorized", "y"], id="lines"
        ),
        pytest.param("[a](https://b.test): c", ["a", "c"], id="Markdown"),
        pytest.param(
            '{"errors":[{"code":"DENIED","message":"m"}]}', ["<name>", "DENIED", "m"], id="JSON of a registry"
        ),
        pytest.param(
            "pull image err: x; artifact err: no such host",
            ["pull image err", "x"],
            id="an artifact it is not",
        ),
        pytest.param(r'response "\x15\x03"', [r"response \x15\x03"], id="bytes are no name"),
        pytest.param(r"a\nb c: d", ["a b c", "d"], id="an escaped line break"),
    ],
)
def test_chains(text, chain):
    assert Message.parse(text).chain.split("\n") == chain


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        pytest.param(
            'failed to pull and unpack image "r.test/a:1": x',
            {"runtime": "containerd", "image": "r.test/a:1"},
            id="containerd",
        ),
        pytest.param(
            "initializing source docker://r.test/a:1: x",
            {"runtime": "CRI-O", "image": "r.test/a:1"},
            id="CRI-O",
        ),
        pytest.param(
            "Error response from daemon: pull access denied for a/b, repository",
            {"runtime": "Docker", "image": "a/b", "host": "docker.io"},
            id="Docker",
        ),
        pytest.param(
            "x", {"runtime": "", "image": "", "host": "", "grpc": "", "status": 0, "code": ""}, id="nothing"
        ),
        pytest.param("rpc error: code = 4 desc = x", {"grpc": "DeadlineExceeded"}, id="gRPC by number"),
        pytest.param("rpc error: code = 77 desc = x", {"grpc": "77"}, id="no such number"),
        pytest.param("rpc error: code = NotFound desc = x", {"grpc": "NotFound"}, id="gRPC by name"),
        pytest.param("unexpected status: 404 Not Found", {"status": 404}, id="status"),
        pytest.param("got 403 Files, then 404 Not Found", {"status": 404}, id="a number with other words"),
        pytest.param("invalid status code from registry 403 (Forbidden)", {"status": 403}, id="in brackets"),
        pytest.param('StatusCode: 400, "<?xml"', {"status": 400}, id="CRI-O's status"),
        pytest.param("error parsing HTTP 502 response body: x", {"status": 502}, id="Docker's status"),
        pytest.param(
            "unexpected status from HEAD request to https://r.test/v2/: 521", {"status": 521}, id="alone"
        ),
        pytest.param("API error (500): x", {"status": 0}, id="Docker's own API"),
        pytest.param("(HTTP code 500) server error", {"status": 0}, id="Docker's own API, by its client"),
        pytest.param("manifest unknown: m", {"code": "MANIFEST_UNKNOWN", "detail": "m"}, id="code"),
        pytest.param("UNAUTHORIZED: m", {"code": "UNAUTHORIZED", "detail": "m"}, id="code in capitals"),
        pytest.param("a: not found", {"code": ""}, id="Go's own words at the end"),
        pytest.param("a: denied", {"code": "DENIED", "detail": ""}, id="a code without words"),
        pytest.param(
            'image "docker.io/a:1": Head "https://mirror.test:5000/v2/library/a/manifests/1?ns=docker.io": x',
            {
                "host": "mirror.test:5000",
                "path": "/v2/library/a/manifests/1",
                "namespace": "docker.io",
                "via_mirror": True,
            },
            id="a mirror",
        ),
        pytest.param(
            'Head "https://registry-1.docker.io/v2/a?ns=docker.io"',
            {"via_mirror": False},
            id="Docker Hub itself",
        ),
        pytest.param(
            'Head "https://r.test:5000/v2/a?ns=r.test%3A5000"',
            {"via_mirror": False},
            id="the registry itself",
        ),
        pytest.param(
            'Head "https://r.test/v2/": see https://docs.docker.com/x', {"host": "r.test"}, id="advice"
        ),
        pytest.param("pinging container registry r.test:5000: x", {"host": "r.test:5000"}, id="pinged"),
        pytest.param(
            'image "gcr.io/p/a:1": x', {"host": "gcr.io", "registry": "Google"}, id="the image's host"
        ),
        pytest.param("<https://r.test/v2/>: x", {"host": "r.test"}, id="in angle brackets"),
        pytest.param(
            'image "<IMAGE>": Head https://<REPO>/v2/: x',
            {"image": "<IMAGE>", "host": "<REPO>"},
            id="anonymised",
        ),
        pytest.param('image "A b": image "r.test/a"', {"image": "r.test/a"}, id="the one that is a name"),
        pytest.param("image pull secrets (a, b); c", {"secrets": ("a", "b")}, id="Secrets"),
        pytest.param("retrieve pull secret ns/a for ns/p due", {"secrets": ("a",)}, id="a Secret"),
    ],
)
def test_facts(text, facts):
    message = Message.parse(text)
    assert {name: getattr(message, name) for name in facts} == facts


def test_quotes():
    message = Message.parse("a: b: c")
    assert message.quote("b") == "b"
    assert message.quote("b\nc") == "b\nc"
    assert message.quote("z") == ""
    assert message.says("B")
    assert not message.says("c$.")


@pytest.mark.parametrize(
    ("host", "path", "want"),
    [
        pytest.param("docker.io", "", "Docker Hub", id="docker.io"),
        pytest.param("registry-1.docker.io", "", "Docker Hub", id="Hub's registry"),
        pytest.param("production.cloudflare.docker.com", "", "Docker Hub", id="Hub's storage"),
        pytest.param("ghcr.io", "", "GitHub", id="GitHub"),
        pytest.param("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "", "Amazon ECR", id="ECR in China"),
        pytest.param("public.ecr.aws", "", "Amazon ECR", id="ECR public"),
        pytest.param("eu.gcr.io", "", "Google", id="GCR"),
        pytest.param("europe-docker.pkg.dev", "/v2/p/r/a", "Google", id="GAR"),
        pytest.param(
            "europe-docker.pkg.dev", "/v2/k8s-artifacts-prod/images/a", "public", id="Kubernetes at GAR"
        ),
        pytest.param("k8s.gcr.io", "", "public", id="Kubernetes at GCR"),
        pytest.param("acme.azurecr.io", "", "Azure ACR", id="ACR"),
        pytest.param("acme.cn-hangzhou.cr.aliyuncs.com", "", "Aliyun ACR", id="Aliyun, enterprise"),
        pytest.param("registry-vpc.cn-hangzhou.aliyuncs.com", "", "Aliyun ACR", id="Aliyun, personal"),
        pytest.param("oss-cn-hangzhou.aliyuncs.com", "", "", id="Aliyun's storage is no registry"),
        pytest.param("quay.io:443", "", "Quay", id="with a port"),
        pytest.param("registry.gitlab.com", "", "GitLab", id="GitLab"),
        pytest.param("gitlab.example.test:5050", "", "GitLab", id="a GitLab of one's own"),
        pytest.param("image-registry.openshift-image-registry.svc:5000", "", "OpenShift", id="OpenShift"),
        pytest.param("Harbor.example.test", "", "Harbor", id="Harbor"),
        pytest.param("acme.jfrog.io", "", "Artifactory", id="Artifactory"),
        pytest.param("nexus3.example.test", "", "Nexus", id="Nexus"),
        pytest.param("reg.example.test", "", "", id="anybody's"),
        pytest.param("", "", "", id="none"),
    ],
)
def test_whose_registry_it_is(host, path, want):
    assert registry_of(host, path) == want
