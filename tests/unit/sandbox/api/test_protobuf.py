"""Protobuf as kubectl writes it: bytes of a real kubectl 1.32, damage, and what is not read."""

import base64

import pytest

from pullsecret.core.errors import ApiError
from pullsecret.core.objects import Object
from pullsecret.sandbox.api.protobuf import read_protobuf

# kubectl create secret docker-registry a --docker-server=h --docker-username=u --docker-password=p
SECRET = base64.b64decode(
    "azhzAAoMCgJ2MRIGU2VjcmV0EocBChEKAWESABoAIgAqADIAOABCABJSChEuZG9ja2VyY29uZmlnanNvbhI9eyJhdXRocyI6eyJoIjp7InVz"
    "ZXJuYW1lIjoidSIsInBhc3N3b3JkIjoicCIsImF1dGgiOiJkVHB3In19fRoea3ViZXJuZXRlcy5pby9kb2NrZXJjb25maWdqc29uGgAiAA=="
)
# kubectl create deployment d --image=x --replicas=0 --port=80 -- run it
DEPLOYMENT = base64.b64decode(
    "azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErEBChsKAWQSABoAIgAqADIAOABCAFoICgNhcHASAWQSgwEIABIKCggKA2FwcBIBZBprChoK"
    "ABIAGgAiACoAMgA4AEIAWggKA2FwcBIBZBJNEi8KAXgSAXgaA3J1bhoCaXQqADIKCgAQABhQIgAqAEIAagByAIABAIgBAJABAKIBABoAMgBC"
    "AEoAUgBYAGAAaACCAQCKAQCaAQDCAQAiAgoAKAA4ABoMCAAQABgAIAAoADgAGgAiAA=="
)
# kubectl create pdb b --min-available=50% --selector=a=b
BUDGET = base64.b64decode(
    "azhzAAogCglwb2xpY3kvdjESE1BvZERpc3J1cHRpb25CdWRnZXQSNgoRCgFiEgAaACIAKgAyADgAQgASFQoJCAEQABoDNTAlEggKBgoBYRIB"
    "YhoKCAAYACAAKAAwABoAIgA="
)


@pytest.mark.parametrize(
    ("body", "obj"),
    [
        pytest.param(
            SECRET,
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "a", "creationTimestamp": None},
                "type": "kubernetes.io/dockerconfigjson",
                "data": {
                    ".dockerconfigjson": base64.b64encode(
                        b'{"auths":{"h":{"username":"u","password":"p","auth":"dTpw"}}}'
                    ).decode()
                },
            },
            id="secret",
        ),
        pytest.param(
            DEPLOYMENT,
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "d", "labels": {"app": "d"}, "creationTimestamp": None},
                "spec": {
                    "replicas": 0,
                    "selector": {"matchLabels": {"app": "d"}},
                    "strategy": {},
                    "template": {
                        "metadata": {"labels": {"app": "d"}, "creationTimestamp": None},
                        "spec": {
                            "containers": [
                                {
                                    "name": "x",
                                    "image": "x",
                                    "command": ["run", "it"],
                                    "ports": [{"containerPort": 80}],
                                }
                            ]
                        },
                    },
                },
            },
            id="deployment",
        ),
        pytest.param(
            BUDGET,
            {
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": {"name": "b", "creationTimestamp": None},
                "spec": {"minAvailable": "50%", "selector": {"matchLabels": {"a": "b"}}},
            },
            id="budget",
        ),
    ],
)
def test_what_kubectl_writes(body: bytes, obj: Object) -> None:
    assert without_empty(read_protobuf(body)) == without_empty(obj)


def without_empty(value: object) -> object:
    """Leave out what the server's defaulting leaves out anyway."""
    if isinstance(value, dict):
        return {name: without_empty(item) for name, item in value.items() if item not in (None, {}, [])}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("length", range(0, 150, 7))
def test_whatever_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(ApiError) as caught:
        read_protobuf(SECRET[:length])
    assert caught.value.status in {400, 415}


def test_a_field_that_is_not_read_is_never_dropped() -> None:
    volume = b"\x0a\x02\x0a\x00"  # PodSpec.volumes, which kubectl's generators never write
    pod_spec = b"\x12" + bytes([len(volume)]) + volume
    template = b"\x1a" + bytes([len(pod_spec)]) + pod_spec
    spec = b"\x12" + bytes([len(template)]) + template
    raw = b"\x12" + bytes([len(spec)]) + spec
    meta = b"\x0a\x15\x0a\x07apps/v1\x12\x0aDeployment"
    with pytest.raises(ApiError) as caught:
        read_protobuf(b"k8s\x00" + meta + raw)
    assert caught.value.status == 415
    assert "does not read field 1 of PodSpec from protobuf" in caught.value.message


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"{}", 400, id="json"),
        pytest.param(b"k8s\x00", 415, id="nothing"),
        pytest.param(b"k8s\x00\x0a\x09\x0a\x02v1\x12\x03Foo", 415, id="another-kind"),
        pytest.param(b"k8s\x00\x0b", 400, id="unknown-wire-type"),
        pytest.param(b"k8s\x00\x08\x01", 400, id="number-for-text"),
    ],
)
def test_what_is_no_object(body: bytes, status: int) -> None:
    with pytest.raises(ApiError) as caught:
        read_protobuf(body)
    assert caught.value.status == status
