"""A summary as plain text, for the command line; a chat gets `writing.layout`."""

from learncomm_agent.words import Words
from learncomm_agent.writing.items import Item, ItemKind, Summary, Transcript
from learncomm_agent.writing.keeping import summary_header
from learncomm_agent.writing.receipt import receipt


def summary_text(summary: Summary, transcript: Transcript, words: Words, language: str) -> str:
    """Return the lines of a summary, each with who said it and the id of its message."""
    speakers = {utterance.id: utterance.speaker for utterance in transcript.utterances}
    lines, empty = [summary.title, ""], []
    for kind in ItemKind:
        name = words.phrase(f"summary.{kind}", language=language)
        if summary.items.get(kind):
            lines += [name, *(_line(item, speakers) for item in summary.items[kind]), ""]
        else:
            empty.append(name)
    if summary.resources:
        name = words.phrase("summary.resources", language=language)
        lines += [name, *(f"• {link}" for link in summary.resources), ""]
    if empty:
        lines.append(words.phrase("summary.none_of", language=language, kinds=empty))
    lines += receipt(words, "summary", summary_header(summary), language)
    return "\n".join(lines)


def _line(item: Item, speakers: dict[str, str]) -> str:
    ids = " ".join(f"#{id}" for id in item.evidence)
    promise = f"{item.owner}: " if item.owner else ""
    due = f" [{item.due.isoformat()}]" if item.due else ""
    return f"• {promise}{item.text}{due} ({speakers[item.evidence[0]]} {ids})"
