"""`create --dry-run=client -o yaml` is byte for byte what kubectl makes of the same input."""

import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")

WORDS = {
    "plain": "Harbor12345",
    "shell": "$HOME `id` $(id) !! *",
    "angle": "<script>&amp;</script>",
    "quotes": 'it\'s "quoted"',
    "backslash": "a\\b\\\\c\\n",
    "spaces": "  two  spaces  ",
    "newlines": "one\ntwo\r\nthree",
    "tab": "a\tb",
    "control": "a\x01\x1f\x7fb",
    "chinese": "用户密码",
    "emoji": "🔑pass",
    "separators": "a\u2028b\u2029c",
    "colon": "a:b:c",
    "percent": "100%s%d",
}


def without_time(text):
    """Newer versions of kubectl print no `creationTimestamp: null`; the API server takes both alike."""
    return [line for line in text.splitlines() if "creationTimestamp: null" not in line]


@pytest.mark.parametrize("email", ["", "me@example.com"], ids=["no-email", "email"])
@pytest.mark.parametrize(
    "server", [None, "harbor.example.com:8443", "192.168.18.100:8080", "https://index.docker.io/v1/"]
)
@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_same_bytes(run, word, server, email):
    options = [f"--docker-username=u{word}".replace(":", ""), f"--docker-password={word}"]
    options += [f"--docker-server={server}"] if server else []
    options += [f"--docker-email={email}"] if email else []
    kubectl = [
        "kubectl",
        "create",
        "secret",
        "docker-registry",
        "pull",
        *options,
        "--dry-run=client",
        "-o",
        "yaml",
    ]
    theirs = subprocess.run(kubectl, capture_output=True, text=True, check=True, timeout=60).stdout
    ours = run("create", "pull", *options, "--dry-run=client", "-o", "yaml").out
    assert without_time(ours) == without_time(theirs)
