"""How explanations are shown: one block a failure for people, an item a failure for programs."""

from typing import TYPE_CHECKING, Any

from pullsecret.cli.words import EXPLAIN

if TYPE_CHECKING:
    from pullsecret.cli.session import Session
    from pullsecret.core.explain import Explained


def show_explanations(session: "Session", found: "list[Explained]") -> None:
    """Print what a text means."""
    out = session.out
    if out.form == "name":
        out.names(dict.fromkeys(each.explanation.cause for each in found))
    elif not out.for_people:
        out.report("ExplanationReport", {"items": [_body(each) for each in found]})
    elif not found:
        session.warn(EXPLAIN["nothing"])
    for number, each in enumerate(found if out.for_people else ()):
        if number:
            out.line()
        _show(session, each)


def _show(session: "Session", each: "Explained") -> None:
    out, explanation = session.out, each.explanation
    told = explanation.entry
    sure = "" if explanation.confidence == "certain" else f" ({explanation.confidence})"
    out.paragraph(f"{explanation.cause}{sure}: ", explanation.summary, "bad")
    if each.pods:
        out.paragraph("  ", EXPLAIN["pods"].format(pods=", ".join(each.pods)))
    out.paragraph("  ", f"{told.title}. {told.meaning}")
    if out.form == "wide":
        out.paragraph("  ", told.apart)
    for number, check in enumerate(told.checks):
        out.paragraph(f"  {EXPLAIN['check'] if number == 0 else '':<7}", check)
    for number, fix in enumerate(each.fixes()):
        out.paragraph(f"  {EXPLAIN['mend'] if number == 0 else '':<7}", fix.description)
        if fix.command is not None:
            out.line(f"           {session.program_words(fix.command)}", "good")
    if explanation.alternatives:
        out.line(f"  {EXPLAIN['else']} {', '.join(explanation.alternatives)}", "dim")
    if out.form == "wide":
        _show_more(session, each)


def _show_more(session: "Session", each: "Explained") -> None:
    out = session.out
    for link in each.explanation.entry.links:
        out.line(f"  {EXPLAIN['read']:<7}{link.title}: {link.url}", "dim")
    where = EXPLAIN["line"].format(number=each.number) if each.number else EXPLAIN["object"]
    out.paragraph(f"  {EXPLAIN['said']:<7}", f"{where}: {each.line}", "dim")


def _body(each: "Explained") -> dict[str, Any]:
    """Give one item of the stable report."""
    explanation = each.explanation
    told = explanation.entry
    return {
        "cause": explanation.cause,
        "title": told.title,
        "confidence": explanation.confidence,
        "summary": explanation.summary,
        "meaning": told.meaning,
        "alternatives": explanation.alternatives,
        "image": explanation.image or None,
        "registry": explanation.registry or None,
        "secrets": explanation.secrets,
        "source": explanation.source or None,
        "said": explanation.said or None,
        "line": each.line,
        "number": each.number or None,
        "pods": each.pods,
        "times": each.times,
        "checks": told.checks,
        "fixes": [
            {
                "description": fix.description,
                "command": fix.command.shell if fix.command else None,
                "argv": fix.command.argv if fix.command else None,
                "missing": fix.missing,
            }
            for fix in each.fixes()
        ],
        "links": told.links,
    }
