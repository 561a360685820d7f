"""Whatever stands in files, and whatever helpers print: an answer, or an error of ours that shows nothing."""

import contextlib
import io
import json

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import PullSecretError
from pullsecret.core.pullsecrets import secret_manifest
from pullsecret.core.sensitive import Sensitive
from pullsecret.sources.answers import RubbishError, login_of, reason_of, registries_of
from pullsecret.sources.files import read_config_file, read_secret_or_config
from pullsecret.sources.rawbytes import RawBytes
from pullsecret.sources.typed import read_password

MARK = "hunter2"
FIELDS = ["auths", "auth", "kind", "apiVersion", "items", "metadata", "data", "stringData", "Secret"]

hosts = st.from_regex(r"[a-z0-9.-]{1,20}(:[0-9]{1,5})?", fullmatch=True)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(MARK)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(FIELDS), inner),
    max_leaves=15,
)
documents = st.one_of(
    st.binary(),
    st.text().map(lambda text: text.encode(errors="surrogatepass")),
    values.map(lambda value: json.dumps(value).encode()),
    values.map(lambda value: yaml.safe_dump(value).encode(errors="surrogatepass")),
)


def stream(data: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data))


def error_of(kind, call):
    """The error of this kind that a call ends with; None when it ends well."""
    try:
        call()
    except kind as error:
        return error
    return None


@st.composite
def configs(draw: st.DrawFn) -> DockerConfig:
    made = DockerConfig.empty()
    for host in draw(st.lists(hosts, min_size=1, max_size=4, unique=True)):
        made = made.with_entry(host, draw(words).replace(":", "_"), Sensitive(draw(words)))
    return made


@given(documents)
@example(b'{"auths": {"h": {"auth": "hunter2"')
@example(b"kind: Secret\ndata: {password: hunter2")
@example(b"kind: Secret\nstringData: hunter2")
def test_any_file_gives_an_answer_or_an_error_of_one_line(data):
    for read in (read_config_file, read_secret_or_config):
        error = error_of(PullSecretError, lambda read=read: read("-", stdin=stream(data)))
        message = error.message if error else "standard input"
        assert message.startswith("standard input")
        assert "\n" not in message


@given(st.sampled_from(["auth", "password", "identitytoken"]), st.integers(0, 80))
def test_no_cut_of_a_config_shows_what_is_in_it(field, length):
    data = json.dumps({"auths": {"h": {field: MARK}}, "more": [1, 2]}).encode()[:length]
    for read in (read_config_file, read_secret_or_config):
        error = error_of(PullSecretError, lambda read=read: read("-", stdin=stream(data)))
        assert MARK not in f"{error!r} {getattr(error, 'hint', '')}"


@given(configs(), st.booleans())
def test_a_config_is_read_as_it_was_written(config, legacy):
    data = config.to_legacy_bytes() if legacy else config.to_file_bytes()
    assert read_secret_or_config("-", stdin=stream(data)).entries == config.entries


def as_list(objects: list[dict]) -> dict:
    return {"apiVersion": "v1", "kind": "List", "items": objects}


FORMS = {
    "YAML": lambda objects: yaml.safe_dump_all(objects, allow_unicode=True),
    "YAML List": lambda objects: yaml.safe_dump(as_list(objects)),
    "JSON List": lambda objects: json.dumps(as_list(objects)),
}


@given(st.lists(configs(), min_size=1, max_size=3), st.sampled_from(list(FORMS)))
def test_manifests_are_read_as_they_were_written(wanted, form):
    text = FORMS[form]([secret_manifest(f"s{n}", config) for n, config in enumerate(wanted)])
    secrets = read_secret_or_config("-", stdin=stream(text.encode()))
    assert [secret.config.entries for secret in secrets] == [config.entries for config in wanted]


@given(st.binary() | values.map(lambda value: json.dumps(value).encode()))
@example(b'{"Username": ["x"], "Secret": "hunter2"}')
@example(b'{"Secret": "hunter2"')
def test_any_output_of_a_helper_gives_an_answer_or_shows_nothing(output):
    for parse in (login_of, registries_of):
        assert MARK not in repr(error_of(RubbishError, lambda parse=parse: parse(RawBytes(output))))


@given(words, words)
def test_a_login_is_read_as_a_helper_writes_it(username, secret):
    output = json.dumps({"ServerURL": "h", "Username": username, "Secret": secret}).encode()
    assert login_of(RawBytes(output)) == (username, Sensitive(secret))


@given(st.binary(), st.binary(), words)
def test_a_reason_is_one_short_line_without_the_secret(output, complaint, secret):
    said = RawBytes(output + secret.encode()), RawBytes(complaint + secret.encode())
    reason = reason_of(*said, (Sensitive(secret),))
    assert len(reason.splitlines()) <= 1
    if len(secret) > 10 and secret.isprintable():
        assert secret not in reason


@given(st.binary(max_size=200))
def test_a_password_is_what_was_given_less_one_newline(data):
    with contextlib.suppress(PullSecretError):
        password = read_password(from_stdin=True, stdin=stream(data), stderr=io.StringIO()).reveal().encode()
        assert data in {password, password + b"\n", password + b"\r\n", password + b"\r"}
        assert b"\0" not in password
