"""`explain`: what one message means."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from pullsecret.core.catalogue import CatalogueEntry, Fix, entry, fill
from pullsecret.core.causes import Cause
from pullsecret.core.explain.message import Message
from pullsecret.core.explain.names import endpoint_of, host_of, image_of, registry_in
from pullsecret.core.explain.rules import LIKELY, POSSIBLE, RULES, Confidence, Rule
from pullsecret.core.explain.words import A_REGISTRY, AN_IMAGE, NOTES, SUMMARIES, UNNAMED
from pullsecret.core.plaintext import printable
from pullsecret.core.redaction import redacted

NAME_MAX = 300
SAID_MAX = 300
"""Characters of a name, and of the decisive words, that an explanation repeats."""

CONTEXT_MAX = 65_536

SCHEMES: Final = {"speaks-http": "http", "speaks-https": "https"}
"""What is spoken where the node asked in the wrong protocol."""

_PLACEHOLDERS = re.compile(r"<(?:url|name|digest|path|addr)>")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a message means.

    Attributes:
        cause: what it says; `Cause.UNKNOWN` where that is no known cause.
        confidence: ``certain``, ``likely`` or ``possible``.
        summary: one sentence with the case's own names, without a full stop.
        alternatives: what else it may be, the likelier first.
        image: the image it is about; empty where none is named.
        registry: the host that was asked, or that the image names; empty where neither is told.
        secrets: the pull Secrets it names.
        source: whose words decided: a runtime, a registry; empty where none are known.
        said: these words, without the names.
        kind: which kind of the cause it is, as the catalogue's variants tell them apart; may be empty.
        endpoint: the root of the API that is to be asked, as ``http://reg.test:5000``; empty where no host is
            told.
    """

    cause: Cause
    confidence: Confidence
    summary: str
    alternatives: tuple[Cause, ...] = ()
    image: str = ""
    registry: str = ""
    secrets: tuple[str, ...] = ()
    source: str = ""
    said: str = ""
    kind: str = ""
    endpoint: str = ""

    @property
    def entry(self) -> CatalogueEntry:
        """What the catalogue tells of it."""
        return entry(self.cause, self.kind)

    def fixes(self, **names: str) -> tuple[Fix, ...]:
        """Give what mends it, with the commands filled in from the message and from `names`.

        A credential is kept under the registry that the image names; what answers for it there, as its token
        service or a mirror, is what the node has to reach.
        """
        own = registry_in(self.image)
        known = {"registry": own or self.registry, "image": self.image if own else ""}
        if self.endpoint:
            known |= {"endpoint": self.endpoint, "host": host_of(self.endpoint)}
        secret = {"secret": self.secrets[0]} if len(self.secrets) == 1 else {}
        return fill(self.cause, self.kind, **{**known, **secret, **names})


def explain(message: str, context: str = "") -> Explanation:
    """Tell from a text alone what it means that an image is not pulled.

    Nothing of it is trusted: credentials in it are struck out, and what a terminal would obey is shown.

    Args:
        message: an event, a line of a log, an error; whatever the kubelet or a runtime printed.
        context: what else is known, as other events of the Pod. It is asked only for what the message
            does not tell: the image's name, and the reason of a mere back-off.

    Returns:
        An explanation, always; of cause `Cause.UNKNOWN` where the words tell none.
    """
    explanation = _of_whole(message)
    if not context:
        return explanation
    if explanation.cause is Cause.UNKNOWN:
        told = _of_whole(context)
        if told.cause is not Cause.UNKNOWN and (told.image or explanation.image) == (
            explanation.image or told.image
        ):
            return replace(told, confidence="possible")
    if not explanation.image and (image := image_of(redacted(context, CONTEXT_MAX))):
        return _of_whole(message, image=image)
    return explanation


def _of_whole(text: str, image: str = "") -> Explanation:
    """Explain a message; where the kubelet tried several credentials, by the part that tells most."""
    whole = Message.parse(text)
    whole = replace(whole, image=whole.image or image)
    tried = [_decided(replace(part, image=part.image or whole.image)) for part in _parts(text, whole)]
    _, message, rule = min(tried, key=lambda found: found[0])
    if rule is None:
        return _explanation(message, Rule("", Cause.UNKNOWN, "possible"), ())
    others = (other.cause for _, __, other in sorted(tried, key=lambda found: found[0]) if other)
    return _explanation(message, rule, others)


def _parts(text: str, whole: Message) -> Iterable[Message]:
    parts = _AGGREGATE.split(text, maxsplit=PARTS_MAX)
    return (Message.parse(part) for part in parts) if len(parts) > 1 else (whole,)


PARTS_MAX = 16
_AGGREGATE = re.compile(
    r",\s{1,8}(?=rpc error: code = |failed to pull and unpack image |Error response from daemon: "
    r"|unable to pull image )"
)
"""What the kubelet puts between the failures, one a credential (apimachinery, pkg/util/errors, Aggregate)."""


def _decided(message: Message) -> tuple[int, Message, Rule | None]:
    """Find the first rule that holds, with its place among all."""
    for order, rule in enumerate(RULES):
        if rule.holds(message):
            return order, message, rule
    return len(RULES), message, None


def _explanation(message: Message, rule: Rule, others: Iterable[Cause]) -> Explanation:
    image, registry = _shown(message.image), _shown(message.host)
    secrets = tuple(_shown(name) for name in message.secrets)
    template = NOTES[rule.note] if rule.note else SUMMARIES[rule.cause]
    alternatives = dict.fromkeys((*others, *rule.alternatives))
    said = _said(message, rule)
    return Explanation(
        cause=rule.cause,
        confidence=_confidence(message, rule),
        summary=_sentence(
            template.format(
                image=image or AN_IMAGE,
                host=registry or A_REGISTRY,
                secrets=", ".join(secrets) or UNNAMED,
                said=said,
            )
        ),
        alternatives=tuple(cause for cause in alternatives if cause is not rule.cause),
        image=image,
        registry=registry,
        secrets=secrets,
        source=rule.source,
        said=said,
        kind=rule.note,
        endpoint=endpoint_of(SCHEMES.get(rule.note, message.scheme), registry),
    )


def _confidence(message: Message, rule: Rule) -> Confidence:
    """Give how sure it is; words that nothing ties to a pull may have been said of anything."""
    if not message.is_adrift or rule.source == "kubelet" or rule.confidence == POSSIBLE:
        return rule.confidence
    return POSSIBLE if message.is_word and rule.alternatives else LIKELY


def _said(message: Message, rule: Rule) -> str:
    """Give the words that decided, where a rule asks for words; else what came back."""
    links = message.quote(rule.pattern).strip().split("\n") if rule.words else [message.code, message.detail]
    if not any(links):
        links = [str(message.status or message.grpc)]
    said = ": ".join(link for link in links if link)
    return printable(_PLACEHOLDERS.sub("…", said))[:SAID_MAX]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] if text.startswith((AN_IMAGE, A_REGISTRY)) else text


def _shown(name: str) -> str:
    return printable(name)[:NAME_MAX]
