"""What the operator is told: flags win over variables, and bad ones are refused by name."""

import pytest

from pullsecret.core.errors import InvalidInput, UsageError
from pullsecret.operator.lease import Timing
from pullsecret.operator.settings import OperatorSettings, WebhookSettings, settings_of


def read(environment=None, **flags) -> OperatorSettings:
    return settings_of(flags, environment or {}, namespace=lambda: "here", host="node-1", unique="x1")


def test_without_a_word_the_usual():
    assert read() == OperatorSettings(
        namespace="here", source_namespaces=("here",), identity="node-1_x1", webhook=WebhookSettings()
    )


@pytest.mark.parametrize(
    ("flags", "environment", "name", "value"),
    [
        pytest.param({"namespace": "a"}, {"POD_NAMESPACE": "b"}, "namespace", "a", id="flag-wins"),
        pytest.param({}, {"POD_NAMESPACE": "b"}, "namespace", "b", id="pods-namespace"),
        pytest.param({}, {"PULLSECRET_NAMESPACE": "c", "POD_NAMESPACE": "b"}, "namespace", "c", id="own"),
        pytest.param({"namespace": "a"}, {}, "source_namespaces", ("a",), id="sources-in-its-own"),
        pytest.param({"source_namespaces": "a, b,a"}, {}, "source_namespaces", ("a", "b"), id="several"),
        pytest.param({}, {"PULLSECRET_SECRET_NAMES": "a.b,c"}, "secret_names", ("a.b", "c"), id="names"),
        pytest.param({}, {"POD_NAME": "op-0"}, "identity", "op-0_x1", id="identity-of-a-pod"),
        pytest.param({"identity": "me"}, {"POD_NAME": "op-0"}, "identity", "me", id="identity"),
        pytest.param({"leader_election": False}, {}, "leader_election", False, id="alone"),
        pytest.param({}, {"PULLSECRET_LEADER_ELECTION": "False"}, "leader_election", False, id="alone-too"),
        pytest.param({"leader_election": True}, {"PULLSECRET_LEADER_ELECTION": "no"}, "leader_election", True,
                     id="flag-over-variable"),
        pytest.param({"workers": 4}, {"PULLSECRET_WORKERS": "x"}, "workers", 4, id="hidden"),
        pytest.param({}, {"PULLSECRET_WORKERS": "8"}, "workers", 8, id="number"),
        pytest.param({}, {"PULLSECRET_WORKERS": ""}, "workers", 32, id="an-empty-variable-is-none"),
        pytest.param({"lease_duration": "1m", "renew_deadline": "40s", "retry_period": "5s"}, {}, "timing",
                     Timing(60, 40, 5), id="timing"),
        pytest.param({"allow_realm": ("a.io", "b.io:5,[::1]:5")}, {}, "allow_realms",
                     ("a.io", "b.io:5", "[::1]:5"), id="realms"),
        pytest.param({"webhook": False}, {}, "webhook", None, id="no-webhook"),
        pytest.param({"watch_namespaces": "a"}, {}, "webhook", None, id="no-webhook-for-some-namespaces"),
        pytest.param({"webhook_port": 10250, "webhook_url": "https://10.0.0.1/mutate"}, {},
                     "webhook",
                     WebhookSettings(port=10250, url="https://10.0.0.1/mutate"),
                     id="webhook-by-address"),
    ],
)  # fmt: skip
def test_each_setting(flags, environment, name, value):
    assert getattr(read(environment, **flags), name) == value


@pytest.mark.parametrize(
    ("flags", "environment", "message"),
    [
        pytest.param({"namespace": "A"}, {}, "--namespace: 'A'", id="name"),
        pytest.param({"watch_namespaces": "a,b_c"}, {}, "--watch-namespaces: 'b_c'", id="one"),
        pytest.param({}, {"PULLSECRET_SECRET_NAMES": "a/b"}, "PULLSECRET_SECRET_NAMES: 'a/b'", id="variable"),
        pytest.param({"retry_period": "soon"}, {}, "--retry-period: 'soon'", id="duration"),
        pytest.param({"retry_period": "0"}, {}, "--retry-period: must be", id="no-duration"),
        pytest.param({"lease_duration": "5s"}, {}, "cannot be kept", id="durations-that-cannot-work"),
        pytest.param({}, {"PULLSECRET_WORKERS": "many"}, "PULLSECRET_WORKERS: 'many'", id="number"),
        pytest.param({"workers": 0}, {}, "--workers: '0' is no number from 1", id="no-workers"),
        pytest.param({"http_port": 65536}, {}, "--http-port", id="port"),
        pytest.param(
            {"allow_realm": ("a.io", "https://b.io/token")},
            {},
            "--allow-realm: 'https://b.io/token'",
            id="realm",
        ),
        pytest.param({"log_level": "loud"}, {}, "--log-level: 'loud' is none of error", id="level"),
        pytest.param({}, {"PULLSECRET_WEBHOOK": "on"}, "neither true nor false", id="switch"),
        *(
            pytest.param({"webhook_url": url}, {}, "--webhook-url", id=f"url-{why}")
            for why, url in {
                "plain": "http://a/b",
                "user": "https://u:p@a/b",
                "query": "https://a/b?c",
                "nowhere": "https:///b",
                "port": "https://a:x/",
            }.items()
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(flags, environment, message):
    with pytest.raises(InvalidInput) as caught:
        read(environment, **flags)
    assert message in caught.value.message
    assert "u:p" not in caught.value.message


def test_a_webhook_for_some_namespaces_is_refused():
    with pytest.raises(UsageError, match="do not go together"):
        read(webhook=True, watch_namespaces="a")


@pytest.mark.parametrize(
    ("settings", "hosts"),
    [
        pytest.param(WebhookSettings(service="h"), ("h.ops.svc", "h.ops.svc.cluster.local", "h.ops",
                                                    "h"), id="service"),
        pytest.param(WebhookSettings(url="https://[::1]:9443/x"), ("::1",), id="address"),
        pytest.param(WebhookSettings(url="https://hooks.example.com/x"), ("hooks.example.com",), id="name"),
    ],
)  # fmt: skip
def test_what_its_certificates_have_to_hold(settings, hosts):
    assert settings.hosts("ops") == hosts
