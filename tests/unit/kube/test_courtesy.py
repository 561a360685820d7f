"""A server that asks for patience: how much is asked of it at once, and when."""

import pytest

from pullsecret.core.errors import ApiError, TooManyRequests
from pullsecret.kube.courtesy import Courtesy

BUDGET = (("DisruptionBudget", "web"),)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        pytest.param(TooManyRequests("busy", status=429), 1.0, id="429-means-a-second"),
        pytest.param(TooManyRequests("busy", status=429, retry_after=7), 7, id="429-as-told"),
        pytest.param(ApiError("down", status=503, retry_after=5), 5, id="503-as-told"),
        pytest.param(ApiError("later", status=504, retry_after=1), 1, id="any-status-as-told"),
        pytest.param(ApiError("down", status=503), None, id="503-alone-asks-nothing"),
        pytest.param(TooManyRequests("budget", status=429, causes=BUDGET), None, id="a-budget-s-verdict"),
        pytest.param(ApiError("budget", status=429, retry_after=9, causes=BUDGET), None, id="a-new-budget"),
    ],
)
def test_who_asks_for_patience(error: ApiError, seconds: float | None) -> None:
    assert error.asks_to_wait == seconds


def test_halved_when_told_and_one_more_for_each_round_that_goes_well() -> None:
    courtesy = Courtesy(8)
    courtesy.slow_down(5, now=0)
    courtesy.slow_down(2, now=1)
    assert (courtesy.limit, courtesy.wait(1), courtesy.wait(5)) == (4, 4, 0), "said twice, it counts once"
    courtesy.slow_down(1, now=6)
    assert courtesy.limit == 2
    courtesy.went_well(6.5)
    assert courtesy.limit == 2, "what was sent before says nothing"
    for _ in range(2 + 1):
        courtesy.went_well(7)
    assert courtesy.limit == 3
    for _ in range(100):
        courtesy.went_well(7)
    assert courtesy.limit == 8, "there is a most"


def test_one_at_a_time_at_least() -> None:
    courtesy = Courtesy(2)
    for now in range(5):
        courtesy.slow_down(1, now=now)
    assert courtesy.limit == 1
    courtesy.slow_down(0, now=9)
    assert 0 < courtesy.wait(9) < 0.01, "a wait of nothing lets the others speak too"
