import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.kube.durations import parse_timeout


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("0", None, id="none"),
        pytest.param("0s", None, id="none with a unit"),
        pytest.param("30", 30.0, id="plain seconds"),
        pytest.param("30s", 30.0, id="seconds"),
        pytest.param("+5s", 5.0, id="plus"),
        pytest.param("1m30s", 90.0, id="parts"),
        pytest.param("1.5h", 5400.0, id="decimals"),
        pytest.param(".5s", 0.5, id="no leading digit"),
        pytest.param("1.s", 1.0, id="no trailing digit"),
        pytest.param("250ms", 0.25, id="milliseconds"),
        pytest.param("100us", 0.0001, id="microseconds"),
        pytest.param("100µs", 0.0001, id="micro sign"),
        pytest.param("100μs", 0.0001, id="Greek mu"),
    ],
)
def test_takes_what_kubectl_takes(text: str, seconds: float | None) -> None:
    assert parse_timeout(text) == (seconds if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s",
        "-1",
        "-1s",
        "1x",
        "1 s",
        "1s ",
        "1.5",
        "1d",
        "1,5s",
        "1e3s",
        ".s",
        "++1s",
        "１s",
        "9" * 30,
        "9" * 30 + "h",
    ],
)
def test_refuses_the_rest(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"--request-timeout: .* is no time limit") as caught:
        parse_timeout(text)
    assert "30s" in caught.value.hint
