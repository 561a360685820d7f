"""Whoever repeats a secret repeats it in vain, however it is spelled."""

import base64
import html
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest

from pullsecret.core import gojson
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.spellings import struck

WORDS = {
    "plain": "Harbor12345",
    "signs": 'w0rd <&>"ö\\%+/$-7',
    "quotes": """it's "so" `odd`""",
    "backslashes": "\\\\a\\\\\\b\\",
    "Chinese": "密码 二千",
    "astral": "key-\U0001f511-end",
    "lines": "-----BEGIN KEY-----\nabc+/=\r\n\t\x00-----END KEY-----\n",
    "html": "&amp;&lt;x;&#34;",
    "url": "%25a%2Bb+c d",
    "percent": "%%%%",
}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda s: json.dumps(s)[1:-1],
    "JSON, not ASCII": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "JSON, slashes escaped": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "JSON, upper case": lambda s: json.dumps(s)[1:-1].replace("\\u00f6", "\\u00F6"),
    "JSON of Go": lambda s: gojson.encode(s)[1:-1],
    "JSON in JSON": lambda s: json.dumps(json.dumps(s))[3:-3],
    "JSON in JSON in JSON": lambda s: json.dumps(json.dumps(json.dumps(s)))[7:-7],
    "path": quote,
    "query": lambda s: quote(s, safe=""),
    "form": quote_plus,
    "form, lower case": lambda s: "".join(c if c.isalnum() else quote_plus(c).lower() for c in s),
    "form, twice": lambda s: quote_plus(quote_plus(s)),
    "HTML": html.escape,
    "HTML, quotes left": lambda s: html.escape(s, quote=False),
    "HTML of Go": lambda s: html.escape(s).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    "HTML, numbers": lambda s: "".join(c if c.isalnum() and c.isascii() else f"&#{ord(c)};" for c in s),
    "HTML, names": lambda s: html.escape(s).replace("ö", "&ouml;"),
    "HTML, twice": lambda s: html.escape(html.escape(s)),
    "Python": lambda s: repr(s)[1:-1],
    "Python, bytes": lambda s: repr(s.encode())[2:-1],
    "Python, ASCII": lambda s: ascii(s)[1:-1],
    "shell": shlex.quote,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64, no padding": lambda s: base64.b64encode(s.encode()).decode().rstrip("="),
    "base64 of URLs": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "base64 in a form": lambda s: quote_plus(base64.b64encode(s.encode()).decode()),
    "base64 in Go's JSON": lambda s: base64.b64encode(s.encode()).decode().replace("=", "\\u003d"),
    "base64 in JSON": lambda s: base64.b64encode(s.encode()).decode().replace("/", "\\/"),
    "hex": lambda s: s.encode().hex(),
    "hex, upper case": lambda s: s.encode().hex().upper(),
    "UTF-8 read as Latin-1": lambda s: s.encode().decode("latin-1"),
    "white space folded": lambda s: " ".join(s.split()),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("word", WORDS)
def test_every_spelling_is_struck_out(word: str, spelling: str) -> None:
    spelled = SPELLINGS[spelling](WORDS[word])
    left = struck(f"login of u failed: [{spelled}] is wrong", [Sensitive(WORDS[word])])
    assert left.startswith("login of u failed: [")
    assert left.endswith("] is wrong")
    rest = left.removeprefix("login of u failed: [").removesuffix("] is wrong")
    assert rest.strip("'\"\\ \n=") == "***", rest


def test_several_secrets_the_longest_first() -> None:
    secrets = [Sensitive("word"), Sensitive("password"), Sensitive("")]
    assert struck("my password, your word", secrets) == "my ***, your ***"
    assert struck("grant_type=x&refresh_token=a%2Fb%3Dc&z", [Sensitive("a/b=c")]) == (
        "grant_type=x&refresh_token=***&z"
    )
    assert struck(urlencode({"password": WORDS["signs"]}), [Sensitive(WORDS["signs"])]) == "password=***"


@pytest.mark.parametrize("short", ["", "a", "abc", "ö", " a  ", "     "])
def test_what_is_short_stands_in_ordinary_words_too(short: str) -> None:
    """Struck out of them, it would be told by what is missing."""
    assert struck("a bad day, abc, ö", [Sensitive(short)]) == "a bad day, abc, ö"


def test_other_text_stays() -> None:
    text = "x509: certificate signed by unknown authority \\ %41 &amp; \n\t"
    assert struck(text, [Sensitive(word) for word in WORDS.values()]) == text
    assert struck("", [Sensitive("Harbor12345")]) == ""


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        pytest.param("\\" * 200 + "x", "\\" * 20_000, id="backslashes"),
        pytest.param("&amp;" * 50 + "x", "&amp;" * 5_000, id="ampersands"),
        pytest.param("%25" * 50 + "x", "%25" * 5_000, id="percents"),
        pytest.param(" " * 200 + "x", " " * 20_000, id="blanks"),
        pytest.param('\\"' * 100 + "x", '\\"' * 10_000, id="quotes"),
        pytest.param("aö" * 2_000, "aö" * 1_999, id="long"),
    ],
)
@pytest.mark.timeout(30)
def test_hostile_texts_take_no_time(secret: str, text: str) -> None:
    assert struck(text, [Sensitive(secret)]) == text
