"""Counts what a summary sends to a language model, beside the text itself sent once.

    python benchmarks/tokens.py DATA [--context 16000] [--limit 20]

DATA holds folders of conversations (`conversations.jsonl`, as `learncomm summarize` reads its turns). No model is
asked: one that answers with empty forms takes its place, so only what goes there is counted. Tokens
are estimated from bytes, three a token, for prompts and text alike. Cached are those that the call before
began with as well, which a server need not read again.
"""

import argparse
import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from learncomm_agent.chat.people import Community, CommunityId
from learncomm_agent.llm.model import Request
from learncomm_agent.llm.tokens import estimate
from learncomm_agent.settings import ModelSettings
from learncomm_agent.testing.models import ScriptedModel
from learncomm_agent.words import Words
from learncomm_agent.writers import writer_of
from learncomm_agent.writing.items import Transcript
from learncomm_agent.writing.language.vocabulary import has_words
from learncomm_agent.writing.records import transcript_from_jsonl
from learncomm_agent.writing.writer import Brief

SETS = ("qmsum", "bookclub", "irc", "w3c_ccg", "ethereum")
CALLS = ("one", "each")


@dataclass(slots=True)
class Sent:
    """What the summaries of a set sent."""

    conversations: int = 0
    messages: int = 0
    calls: int = 0
    text: int = 0
    """Tokens of all speakers and messages, once."""
    sent: int = 0
    cached: int = 0

    @property
    def ratio(self) -> float:
        """How often the text was sent."""
        return self.sent / max(1, self.text)

    @property
    def fresh(self) -> float:
        """The same, without what a server may have kept."""
        return (self.sent - self.cached) / max(1, self.text)


def conversations(folder: Path, limit: int) -> Iterator[Transcript]:
    """Yield the conversations of a set."""
    with (folder / "conversations.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number == limit:
                return
            record = json.loads(line)
            yield transcript_from_jsonl(map(json.dumps, record["turns"]), str(record["id"]))


def empty(request: Request) -> dict[str, Any]:
    """Answer as a model that has nothing to say."""
    fields = (request.schema or {})["properties"]
    assert isinstance(fields, dict)
    return {name: [] for name in fields}


def shared(one: str, other: str) -> int:
    """Return how many characters two prompts begin with alike."""
    differing = (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


async def sent_for(talks: Iterator[Transcript], calls: str, context: int) -> Sent:
    """Have conversations summed up, and return what was sent for it."""
    found = Sent()
    chosen = ModelSettings.model_validate({"context_tokens": context, "summary_calls": calls})
    brief = Brief(Community(CommunityId(1), "Readers"), "en")
    words = Words()
    for talk in talks:
        model = ScriptedModel(empty)
        await writer_of(words, chosen, model).summary(talk, brief)
        said = [each for each in talk.utterances if has_words(each.text)]
        found.conversations += 1
        found.messages += len(said)
        found.calls += len(model.requests)
        found.text += estimate("\n".join(f"{each.speaker}: {each.text}" for each in said))
        prompts = [each.prompt for each in model.requests]
        found.sent += sum(map(estimate, prompts))
        for before, prompt in pairwise(prompts):
            found.cached += estimate(prompt[: shared(before, prompt)])
    return found


async def measured(data: Path, context: int, limit: int) -> dict[str, dict[str, Sent]]:
    """Return what was sent, by set and by how a summary is asked for."""
    sets = [name for name in SETS if (data / name / "conversations.jsonl").exists()]
    return {
        name: {
            calls: await sent_for(conversations(data / name, limit), calls, context)
            for calls in CALLS
        }
        for name in sets
    }


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--context", type=int, default=16_000, help="tokens that the model reads at once"
    )
    parser.add_argument("--limit", type=int, default=20, help="conversations of each set")
    chosen = parser.parse_args()
    print("| set | calls | messages | calls a conversation | sent / text | without cached |")
    print("|---|---|---|---|---|---|")
    for name, ways in asyncio.run(measured(chosen.data, chosen.context, chosen.limit)).items():
        for calls, sent in ways.items():
            a_talk = sent.calls / max(1, sent.conversations)
            print(
                f"| {name} | {calls} | {sent.messages} | {a_talk:.1f}"
                f" | {sent.ratio:.2f} | {sent.fresh:.2f} |"
            )


if __name__ == "__main__":
    main()
