"""Times as the API server writes them, ages as kubectl shows them."""

from datetime import UTC, datetime, timedelta

import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.core.times import age, format_time, human_duration, parse_time

NOW = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("2026-11-22T08:00:00Z", NOW, id="zulu"),
        pytest.param("2026-11-22t08:00:00z", NOW, id="lower case"),
        pytest.param("2026-11-22 08:00:00Z", NOW, id="space"),
        pytest.param("2026-11-22T16:00:00+08:00", NOW, id="Shanghai"),
        pytest.param("2026-11-22T08:00:00.5Z", NOW + timedelta(seconds=0.5), id="half a second"),
        pytest.param(
            "2026-11-22T08:00:00.123456789Z", NOW + timedelta(microseconds=123456), id="nanoseconds"
        ),
    ],
)
def test_an_rfc_3339_time_is_read_as_utc(text: str, want: datetime) -> None:
    moment = parse_time(text)
    assert moment == want
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2026-11-22", "2026-11-22T08:00:00", "20261122T080000Z", "2026-13-01T00:00:00Z",
     "2026-11-22T08:00:60Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+08:00", "2026-11-22T08:00:00Z ",
     "２０２６-11-22T08:00:00Z", "2026-11-22T08:00:00+99:00"],
)  # fmt: skip
def test_anything_else_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_time(text, place="metadata.x")
    assert str(caught.value) == f"metadata.x: {text!r} is no RFC 3339 time"
    assert "2026-11-22T08:00:00Z" in caught.value.hint


def test_a_time_is_written_in_whole_seconds_of_utc() -> None:
    moment = datetime.fromisoformat("2026-11-22T16:00:00.9+08:00")
    assert format_time(moment) == "2026-11-22T08:00:00Z"
    assert format_time(datetime(5, 1, 1, tzinfo=UTC)) == "0005-01-01T00:00:00Z"


# apimachinery, pkg/util/duration: the borders of each step, one second before and at them.
@pytest.mark.parametrize(
    ("span", "want"),
    [
        ({"seconds": -2}, "<invalid>"), ({"seconds": -1}, "0s"), ({"seconds": -0.5}, "0s"), ({}, "0s"),
        ({"seconds": 1.9}, "1s"), ({"seconds": 119}, "119s"), ({"seconds": 120}, "2m"),
        ({"seconds": 121}, "2m1s"), ({"minutes": 5, "seconds": 30}, "5m30s"), ({"seconds": 599}, "9m59s"),
        ({"minutes": 10}, "10m"), ({"minutes": 10, "seconds": 59}, "10m"), ({"minutes": 179}, "179m"),
        ({"hours": 3}, "3h"), ({"hours": 3, "minutes": 20}, "3h20m"), ({"hours": 7, "minutes": 59}, "7h59m"),
        ({"hours": 8}, "8h"), ({"hours": 11, "minutes": 40}, "11h"), ({"hours": 47, "minutes": 59}, "47h"),
        ({"hours": 48}, "2d"), ({"hours": 52}, "2d4h"), ({"days": 7, "hours": 23}, "7d23h"),
        ({"days": 8}, "8d"), ({"days": 8, "hours": 23}, "8d"), ({"days": 729}, "729d"),
        ({"days": 730}, "2y"), ({"days": 755}, "2y25d"), ({"days": 8 * 365 - 1}, "7y364d"),
        ({"days": 8 * 365 + 2}, "8y"), ({"days": 36500}, "100y"),
    ],
)  # fmt: skip
def test_a_duration_reads_as_kubectl_says_it(span: dict[str, float], want: str) -> None:
    assert human_duration(timedelta(**span)) == want


@pytest.mark.parametrize(
    ("created", "want"),
    [
        pytest.param("2026-11-22T07:54:30Z", "5m30s", id="ago"),
        pytest.param("2026-11-22T09:00:00Z", "<invalid>", id="in the future"),
        pytest.param("", "<unknown>", id="not told"),
    ],
)
def test_an_age_is_told_for_a_column(created: str, want: str) -> None:
    assert age(created, NOW) == want
