import pytest

from pullsecret.core.exchange import Request, Response, Token, TokenNeeded, ask, need
from pullsecret.core.sensitive import Sensitive
from support.flows import reply, token


def test_headers_are_found_by_lower_case_name() -> None:
    response = Response(200, {"link": (" a ", " b ")})
    assert response.header("link") == "b"
    assert response.header("etag") == ""


@pytest.mark.parametrize(
    ("response", "html"),
    [
        pytest.param(reply(content_type="text/HTML; charset=utf-8"), True, id="says-so"),
        pytest.param(reply(body=b"\n <!DOCTYPE html><p>"), True, id="doctype"),
        pytest.param(reply(body=b"<html>"), True, id="tag"),
        pytest.param(reply(body={"errors": []}), False, id="json"),
        pytest.param(reply(content_type=""), False, id="nothing"),
    ],
)
def test_a_page_for_people_is_told_apart(response: Response, html: bool) -> None:
    assert response.is_html is html


def test_bodies_tokens_and_authorization_are_not_shown() -> None:
    request = Request("GET", "https://x/", authorization=Sensitive("Basic hidden"), form=Sensitive("hidden"))
    shown = repr(
        (
            request,
            reply(body=b"hidden"),
            token("hidden"),
            TokenNeeded("https://x/", refused=Sensitive("hidden")),
        )
    )
    assert "hidden" not in shown


def test_a_refused_token_is_not_part_of_what_is_needed() -> None:
    needed = TokenNeeded("https://x/t", "s", "repository:a:pull")
    assert needed == TokenNeeded("https://x/t", "s", "repository:a:pull", Sensitive("old"))


def test_a_driver_that_answers_with_the_wrong_kind_is_told() -> None:
    asking = ask(Request("GET", "https://x/"))
    next(asking)
    with pytest.raises(TypeError, match="sent a Token"):
        asking.send(Token(Sensitive("t")))
    needing = need(TokenNeeded("https://x/t"))
    next(needing)
    with pytest.raises(TypeError, match="sent a Response"):
        needing.send(reply())
