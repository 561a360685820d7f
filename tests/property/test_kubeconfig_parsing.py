"""Whatever is in a kubeconfig or a duration, nothing but our own errors comes out."""

import contextlib
import json

import yaml
from hypothesis import given
from hypothesis import strategies as st

from pullsecret.core.errors import ClusterError, InvalidInput
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.durations import parse_timeout
from pullsecret.kube.execplugin import parse_credential
from pullsecret.kube.kubeconfig import Kubeconfig, merge, parse
from pullsecret.kube.proxies import proxy_from_environment, proxy_of
from pullsecret.kube.readfile import Content
from pullsecret.kube.selection import select
from pullsecret.kube.settings import ExecPlugin
from pullsecret.kube.status import error_of

NAMES = st.sampled_from(["a", "b", "c", ""])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def an_object(*fields: str, **known: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """An object with some of these fields, mostly of the right type."""
    values = {name: st.text(max_size=6) | ANYTHING for name in fields} | known
    return st.fixed_dictionaries({}, optional=values)


EXEC = an_object("command", "installHint", apiVersion=st.sampled_from([
    "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1", "x"]),
    interactiveMode=st.sampled_from(["Never", "Always", "x"]), args=ANYTHING, env=ANYTHING)  # fmt: skip
CLUSTER = an_object(
    "server", "tls-server-name", "certificate-authority", "certificate-authority-data", "proxy-url",
    "insecure-skip-tls-verify", extensions=st.lists(an_object("name", "extension"), max_size=2),
)  # fmt: skip
USER = an_object(
    "token", "tokenFile", "username", "password", "client-certificate", "client-key-data", "as", "as-groups",
    "as-user-extra", "auth-provider", exec=EXEC,
)  # fmt: skip
CONTEXT = st.fixed_dictionaries(
    {"cluster": NAMES, "user": NAMES}, optional={"namespace": st.text(max_size=3)}
)


def named(key: str, value: st.SearchStrategy[object]) -> st.SearchStrategy[list[dict[str, object]]]:
    entry = st.fixed_dictionaries({"name": NAMES, key: value})
    return st.lists(entry, max_size=3, unique_by=lambda item: str(item["name"]))


KUBECONFIGS = st.fixed_dictionaries({}, optional={
    "current-context": NAMES, "contexts": named("context", CONTEXT), "clusters": named("cluster", CLUSTER),
    "users": named("user", USER),
})  # fmt: skip


def read(data: bytes) -> Kubeconfig:
    return parse(Content(data), file="file", folder="/home")


@given(st.binary(max_size=200) | st.text(alphabet="{}[]:-,&*!<\"'#|> \n\tab01", max_size=60).map(str.encode))
def test_any_bytes(data: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        read(data)


@given(ANYTHING)
def test_any_value(value: object) -> None:
    for text in (json.dumps(value), yaml.safe_dump(value, allow_unicode=True)):
        with contextlib.suppress(InvalidInput):
            read(text.encode("utf-8", "surrogatepass"))


@given(st.lists(KUBECONFIGS, max_size=3), NAMES)
def test_any_kubeconfigs_can_be_merged_and_selected_from(values: list[object], context: str) -> None:
    with contextlib.suppress(InvalidInput):
        select(merge(read(json.dumps(value).encode()) for value in values), context, file="file")


@given(st.lists(KUBECONFIGS, max_size=4))
def test_merging_is_associative_and_the_first_file_wins(values: list[object]) -> None:
    parsed = []
    for value in values:
        with contextlib.suppress(InvalidInput):
            parsed.append(read(json.dumps(value).encode()))
    whole = merge(parsed)
    assert merge([merge(parsed[:2]), merge(parsed[2:])]) == whole
    assert merge([*parsed, *parsed]) == whole
    if parsed:
        assert whole.clusters.items() >= parsed[0].clusters.items()


@given(st.text(max_size=12) | st.from_regex(r"\A[0-9.]{0,4}(h|m|s|ms|us|µs|ns)?([0-9.]{0,4}(s|ms))?\Z"))
def test_any_duration(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        seconds = parse_timeout(text)
        assert seconds is None or seconds > 0


@given(st.text(max_size=20).map(lambda text: f"http://{text}") | st.text(max_size=20), st.text(max_size=20))
def test_any_proxy(address: str, exceptions: str) -> None:
    with contextlib.suppress(InvalidInput):
        proxy_of(Sensitive(address), place="x")
    with contextlib.suppress(InvalidInput):
        proxy_from_environment("https://one:6443", {"HTTPS_PROXY": address, "NO_PROXY": exceptions})


@given(ANYTHING, st.binary(max_size=40))
def test_any_answer_of_a_plugin_or_server(value: object, data: bytes) -> None:
    plugin = ExecPlugin("login", api_version="client.authentication.k8s.io/v1")
    document = {"kind": "ExecCredential", "apiVersion": plugin.api_version, "status": value}
    for output in (json.dumps(document), json.dumps(value), data.decode("latin-1")):
        with contextlib.suppress(ClusterError):
            parse_credential(Sensitive(output), plugin)
    for body in (data, json.dumps({"kind": "Status", "details": value, "code": value}).encode()):
        assert error_of(500, body, request="GET x").exit_code == 3
