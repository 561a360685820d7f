"""The quick way to a manifest: the same bytes as the ordinary way, and out of its way for all else."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullsecret.cli import quick, running

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
NAME = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)
FORM = ["--dry-run=client", "-o", "yaml"]


def ways(argv, stdin=""):
    """Run both ways on one argv; give (exit code, out, err) of each."""
    results = []
    for way in ("quick", "ordinary"):
        out, err = io.StringIO(), io.StringIO()
        words = ["pullsecret", *argv]
        if way == "quick":
            code = quick.run(words, io.StringIO(stdin), out, err)
        else:
            code = running.run(words, {}, io.StringIO(stdin), out, err)
        results.append((code, out.getvalue(), err.getvalue()))
    return results


@given(NAME, TEXT, TEXT, st.none() | TEXT, st.none() | TEXT, st.none() | NAME)
def test_both_ways_make_the_same(name, username, password, registry, email, namespace):
    argv = ["create", name, f"--username={username}", f"--password={password}", *FORM]
    argv += [f"--registry={registry}"] if registry else []
    argv += [f"--email={email}"] if email else []
    argv += ["-n", namespace] if namespace else []
    fast, slow = ways(argv)
    assert fast[0] is None or fast == slow


@pytest.mark.parametrize(
    ("argv", "stdin", "code"),
    [
        pytest.param(["-u", "u", "-p", "p"], "", 0, id="password"),
        pytest.param(
            ["--docker-username=u", "--docker-password=p", "--docker-server=h.io"], "", 0, id="kubectl"
        ),
        pytest.param(["-u", "u", "--password-stdin"], "word\n", 0, id="stdin"),
        pytest.param(["-u", "u", "--password-stdin"], "", 2, id="empty-stdin"),
        pytest.param(["-u", "u", "--password-file", "/nonexistent/p"], "", 2, id="missing-file"),
        pytest.param(["-u", "u", "-p", "p", "--no-verify", "-n", "web"], "", 0, id="namespace"),
    ],
)
def test_takes_this_form_and_does_as_the_ordinary_way(argv, stdin, code):
    fast, slow = ways(["create", "harbor", *argv, *FORM], stdin)
    assert fast == slow
    assert fast[0] == code


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(["create", "harbor", "-u", "u", "-p", "p", "-o", "yaml"], id="no-dry-run"),
        pytest.param(
            ["create", "harbor", "-u", "u", "-p", "p", "--dry-run=server", "-o", "yaml"], id="server"
        ),
        pytest.param(["create", "harbor", "-u", "u", "-p", "p", "--dry-run=client", "-o", "json"], id="json"),
        pytest.param(["create", "harbor", "-u", "u", *FORM], id="no-password"),
        pytest.param(
            ["create", "harbor", "-u", "u", "-p", "p", "--password-stdin", *FORM], id="two-passwords"
        ),
        pytest.param(["create", "harbor", "-u", "u", "-u", "v", "-p", "p", *FORM], id="twice"),
        pytest.param(["create", "harbor", "-u", "-p", "p", *FORM], id="value-forgotten"),
        pytest.param(["create", "harbor", "-u=u", "-p", "p", *FORM], id="short-with-equals"),
        pytest.param(
            ["create", "harbor", "-u", "u", "-p", "p", *FORM, "--attach", "default"], id="other-option"
        ),
        pytest.param(["create", "harbor", "-u", "u", "-p", "p", *FORM, "--help"], id="help"),
        pytest.param(["create", "true", "-u", "u", "-p", "p", *FORM], id="name-that-yaml-quotes"),
        pytest.param(["create", "1e3", "-u", "u", "-p", "p", *FORM], id="name-like-a-number"),
        pytest.param(["create", "harbor", "-u", "u", "-p", "p", "-n", "null", *FORM], id="namespace-quoted"),
        pytest.param(["list"], id="other-command"),
    ],
)
def test_leaves_all_else_to_the_ordinary_way(argv):
    stdin = io.StringIO("untouched")
    out, err = io.StringIO(), io.StringIO()
    assert quick.run(["pullsecret", *argv], stdin, out, err) is None
    assert (stdin.read(), out.getvalue(), err.getvalue()) == ("untouched", "", "")
