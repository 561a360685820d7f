"""What every test has: an empty home, no proxies, no docker config, no kubeconfig of the machine's."""

import signal

import pytest

# A shell's background work ignores Ctrl-C and Ctrl-\, as nohup does a hang-up, and so would every program
# that tests start. A handler is not inherited: programs are as usual, and the tests themselves outlive it.
for number, handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, signal.SIG_DFL),
    (signal.SIGHUP, lambda *_: None),
):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)

LEAKY = (
    "KUBECONFIG", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "HTTP_PROXY",
    "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "ALL_PROXY", "all_proxy",
    "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "NO_COLOR", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cluster",
        choices=("sandbox", "real"),
        default="sandbox",
        help="what the contract tests run against: our imitation, or the cluster that KUBECONFIG names",
    )


@pytest.fixture(autouse=True)
def empty_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    for name in LEAKY:
        monkeypatch.delenv(name, raising=False)
    # Without it podman's default place is a folder of the machine's, which may hold real logins.
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
