import time

import pytest

from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.errors import InvalidInput, SourceError
from pullsecret.core.sensitive import Sensitive
from pullsecret.sources.helpers import CredentialHelper
from support.fake_helpers import FakeStore, environment, write_helper
from support.showing import all_shown

HOST = "harbor.example.com"
SECRET = 'hunter2 "$<>&`\n密码'


def helper(folder, suffix="fake", **options) -> CredentialHelper:
    return CredentialHelper(suffix, environment(folder), **options)


def credential(username="ann", password=SECRET) -> Credential:
    return Credential(username=username, password=Sensitive(password))


class TestStore:
    def test_what_is_stored_is_got_listed_and_erased(self, tmp_path):
        FakeStore(tmp_path, "fake")
        store = helper(tmp_path)
        store.store(HOST, credential())
        assert store.get(HOST) == credential()
        assert store.list() == {HOST: "ann"}
        store.erase(HOST)
        assert store.get(HOST) is None

    def test_origin_names_the_helper_and_the_key(self, tmp_path):
        FakeStore(tmp_path, "fake", {HOST: ("ann", "x")})
        assert helper(tmp_path).get(HOST).origin == Origin("helper docker-credential-fake", HOST)

    def test_an_identity_token_is_one(self, tmp_path):
        store = FakeStore(tmp_path, "fake", {HOST: ("<token>", "refresh")})
        got = helper(tmp_path).get(HOST)
        assert (got.username, got.password, got.identity_token) == ("", Sensitive(), Sensitive("refresh"))
        helper(tmp_path).store("other", got)
        assert store.kept["other"] == ["<token>", "refresh"]

    def test_erasing_what_is_not_there_is_no_error(self, tmp_path):
        FakeStore(tmp_path, "fake")
        helper(tmp_path).erase(HOST)

    def test_the_secret_is_no_argument(self, tmp_path):
        write_helper(
            tmp_path, "fake", 'echo "$@" > "$HOME/arguments"; env > "$HOME/environment"; cat >/dev/null'
        )
        helper(tmp_path).store(HOST, credential(password="hunter2"))
        assert (tmp_path / "arguments").read_text() == "store\n"
        assert "hunter2" not in (tmp_path / "environment").read_text()


class TestAnswers:
    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param('{"ServerURL":"h","Username":"ann","Secret":"s"}', id="docker's"),
            pytest.param('{"username":"ann","SECRET":"s"}', id="field names in other case"),
            pytest.param('{"Username":"ann","Secret":"s"} and a line of logging', id="with something behind"),
            pytest.param(
                '\n {"Username":"ann","Secret":"s","More":[1]}\n\n', id="with space and more fields"
            ),
        ],
    )
    def test_get(self, tmp_path, answer):
        write_helper(tmp_path, "fake", f"cat >/dev/null; cat <<'END'\n{answer}\nEND")
        assert helper(tmp_path).get(HOST) == credential(password="s")

    @pytest.mark.parametrize(
        "script",
        [
            pytest.param("echo credentials not found in native keychain; exit 1", id="docker's words"),
            pytest.param("echo '{}'", id="empty object"),
            pytest.param("""echo '{"Username":"","Secret":""}'""", id="empty fields"),
            pytest.param("""echo '{"Username":null,"Secret":null}'""", id="null fields"),
        ],
    )
    def test_none(self, tmp_path, script):
        write_helper(tmp_path, "fake", script)
        assert helper(tmp_path).get(HOST) is None

    @pytest.mark.parametrize(
        "answer",
        [pytest.param("null", id="null, as Go writes an empty map"), pytest.param("{}", id="empty object")],
    )
    def test_an_empty_list(self, tmp_path, answer):
        write_helper(tmp_path, "fake", f"echo '{answer}'")
        assert helper(tmp_path).list() == {}


class TestFailures:
    @pytest.mark.parametrize(
        ("script", "words"),
        [
            pytest.param("echo no key; exit 1",
                         r"to get for harbor.example.com \(exit status 1\): no key$", id="exit 1, reason"),
            pytest.param("echo locked >&2; exit 2", r"\(exit status 2\): locked$", id="on standard error"),
            pytest.param("exit 1", r"\(exit status 1\)$", id="exit 1 without a reason"),
            pytest.param("kill -9 $$", r"\(exit status -9\)", id="killed"),
            pytest.param("echo rubbish", "not JSON", id="rubbish"),
            pytest.param("exit 0", "not JSON", id="silence"),
            pytest.param(r"printf '\377\000\200\n\001'", "not JSON", id="binary rubbish"),
            pytest.param("echo '[1]'", "not a credential", id="JSON, but a list"),
            pytest.param("""echo '{"Username":1,"Secret":"s"}'""", "not a credential", id="a number"),
            pytest.param("echo null", "not a credential", id="null"),
            pytest.param(f"echo '{'[' * 150}{']' * 150}'", "not JSON", id="deep, and closed"),
            pytest.param("yes", "printed more than 1 MiB", id="megabytes"),
            pytest.param("yes '[' | tr -d '\\n' | head -c 1000000", "not JSON", id="deep nesting"),
            pytest.param("sleep 60", r"did not answer get for harbor.example.com within 0.3 s", id="hangs"),
        ],
    )  # fmt: skip
    def test_get(self, tmp_path, script, words):
        write_helper(tmp_path, "fake", script)
        seconds = 0.3 if "sleep" in script else 10
        with pytest.raises(SourceError, match=words) as caught:
            helper(tmp_path, seconds=seconds, place="config.json: credsStore").get(HOST)
        assert caught.value.message.startswith(
            "config.json: credsStore: the credential helper docker-credential-fake"
        )
        assert "\n" not in caught.value.message
        assert (
            caught.value.hint == "see what it says to: echo harbor.example.com | docker-credential-fake get"
        )

    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param("rubbish", id="rubbish"),
            pytest.param("[]", id="a list"),
            pytest.param('{"h":1}', id="numbers"),
        ],
    )
    def test_list(self, tmp_path, answer):
        write_helper(tmp_path, "fake", f"echo '{answer}'")
        with pytest.raises(
            SourceError, match="docker-credential-fake answered list with something that is not"
        ):
            helper(tmp_path).list()

    def test_erase(self, tmp_path):
        write_helper(tmp_path, "fake", "echo not allowed; exit 1")
        with pytest.raises(SourceError, match=r"failed to erase for .*: not allowed"):
            helper(tmp_path).erase(HOST)

    def test_missing(self, tmp_path):
        with pytest.raises(SourceError, match="docker-credential-fake is not on PATH") as caught:
            helper(tmp_path).get(HOST)
        assert "install it" in caught.value.hint

    def test_not_executable(self, tmp_path):
        path = write_helper(tmp_path, "fake", "exit 0", mode=0o644)
        with pytest.raises(SourceError, match="docker-credential-fake is not executable") as caught:
            helper(tmp_path).get(HOST)
        assert caught.value.hint == f"run: chmod +x {path}"

    def test_one_that_is_no_program(self, tmp_path):
        (tmp_path / "docker-credential-fake").write_bytes(b"\x7fELF rubbish")
        (tmp_path / "docker-credential-fake").chmod(0o755)
        with pytest.raises(SourceError, match="docker-credential-fake cannot be run: Exec format error"):
            helper(tmp_path).get(HOST)

    def test_one_further_on_in_path_is_found(self, tmp_path):
        (tmp_path / "first").mkdir()
        write_helper(tmp_path / "first", "fake", "exit 0", mode=0o644)
        write_helper(tmp_path, "fake", """echo '{"Username":"ann","Secret":"s"}'""")
        path = {"PATH": f"{tmp_path}/nowhere:{tmp_path}/first:{tmp_path}"}
        assert CredentialHelper("fake", path).get(HOST).username == "ann"

    def test_one_in_a_relative_folder_of_path_is_not_run(self, tmp_path, monkeypatch):
        write_helper(tmp_path, "fake", """echo '{"Username":"ann","Secret":"s"}'""")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SourceError, match="not on PATH"):
            CredentialHelper("fake", {"PATH": ".::"}).get(HOST)

    def test_a_hanging_helper_costs_no_more_than_its_time(self, tmp_path):
        write_helper(tmp_path, "fake", "sleep 60")
        start = time.monotonic()
        with pytest.raises(SourceError):
            helper(tmp_path, seconds=0.2).list()
        assert time.monotonic() - start < 3


class TestSecrecy:
    @pytest.mark.parametrize(
        "script",
        [
            pytest.param("""echo '{"Secret":"hunter2"'""", id="truncated answer"),
            pytest.param("""echo '{"Username":[],"Secret":"hunter2"}'""", id="wrong shape"),
            pytest.param(
                """echo '{"Username":"ann","Secret":"hunter2"}'; exit 1""", id="answer, then exit 1"
            ),
            pytest.param("""printf '\\377{"Secret":"hunter2"}'""", id="no UTF-8"),
            pytest.param("""echo '{"Secret":"hunter2"}'; sleep 60""", id="answer, then hanging"),
        ],
    )
    def test_no_error_holds_what_was_printed(self, tmp_path, script):
        write_helper(tmp_path, "fake", script)
        with pytest.raises(SourceError) as caught:
            helper(tmp_path, seconds=0.5).get(HOST)
        assert "hunter2" not in all_shown(caught.value)

    def test_no_error_repeats_what_was_to_be_stored(self, tmp_path):
        write_helper(tmp_path, "fake", 'read line; echo "cannot keep hunter2, sorry"; exit 1')
        with pytest.raises(SourceError, match=r"cannot keep \*\*\*, sorry") as caught:
            helper(tmp_path).store(HOST, credential(password="hunter2"))
        assert "hunter2" not in all_shown(caught.value)

    @pytest.mark.parametrize(
        "script",
        [
            pytest.param(
                """sed 's/.*"Secret": "\\(.*\\)"}/cannot keep \\1/'; exit 1""", id="escaped as in JSON"
            ),
            pytest.param(
                """printf '%s' 'cannot keep hunter2 "$<>&`' '\n密码'; exit 1""", id="escaped, not ASCII"
            ),
            pytest.param("""printf 'cannot keep hunter2 "$<>&`\\n密码'; exit 1""", id="over two lines"),
        ],
    )
    def test_no_error_repeats_it_in_any_spelling(self, tmp_path, script):
        write_helper(tmp_path, "fake", script)
        with pytest.raises(SourceError, match=r"cannot keep \*\*\*$") as caught:
            helper(tmp_path).store(HOST, credential())
        assert "hunter2" not in all_shown(caught.value)


@pytest.mark.parametrize("suffix", ["", "../evil", "a/b", ".hidden", "a b", "a\n", "x" * 65, "-x", "pass;ls"])
def test_a_name_that_could_be_anything_else_is_refused(tmp_path, suffix):
    with pytest.raises(InvalidInput, match="no name of a credential helper"):
        helper(tmp_path, suffix)


def test_the_environment_is_not_shown(tmp_path):
    assert "PATH" not in repr(helper(tmp_path))
