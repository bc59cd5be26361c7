"""Why results stand in their order: the parts of a score in plain words, with the figures."""

from collections.abc import Iterator, Mapping

from learncomm_agent.chat.outgoing import Block, Listing, Paragraph, Style, Text
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.excerpts import snippet
from learncomm_agent.writing.voice import Voice

TITLE_CHARS = 60
_IF_THEY_COUNT = ("meaning", "phrase", "recency")
"""Parts that are told where they added something, in this order, behind the words."""


def rank_blocks(voice: Voice, writing: Writing) -> Iterator[Block]:
    """Tell how each result of a search, or passage of an answer, was ranked; nothing of an old one."""
    ranked = [line.content for line in writing.lines if line.content.get("parts")]
    if ranked:
        items = (
            (
                Text(snippet(content["title"], TITLE_CHARS), Style.STRONG),
                Text(f": {rank_of(voice, content['parts'])}"),
            )
            for content in ranked
        )
        yield Listing(tuple(items), start=ranked[0].get("n", 1))
        if said := weight_of(voice, ranked[0]["parts"]):
            yield Paragraph((Text(said),))


def rank_of(voice: Voice, parts: Mapping[str, float]) -> str:
    """Say in one line what a score is made of."""
    counted = [name for name in _IF_THEY_COUNT if parts.get(name, 0) > 0]
    if not parts.get("weight"):  # words alone answered
        counted = [name for name in counted if name != "meaning"]
    if "words" in parts:  # nothing else counts where only what is new is asked for
        counted = ["words", *counted]
    return ", ".join(
        voice.phrase(f"rank.{name}", share=round(100 * parts[name])) for name in counted
    )


def weight_of(voice: Voice, parts: Mapping[str, float]) -> str:
    """Say how much meaning counted against words in a search; nothing where words alone answered."""
    share = round(100 * parts.get("weight", 0))
    return voice.phrase("rank.weight", meaning=share, words=100 - share) if share else ""
