"""What only looks like an attack reaches people as an honest model put it."""

from dataclasses import dataclass, replace

import pytest

from learncomm_agent.llm.model import Request
from learncomm_agent.testing.models import Said, ScriptedModel, material_of
from tests.injection.stage import BRIEF, GUIDE, TALK, passage, read, talk_of, writing


@dataclass(frozen=True)
class Benign:
    """See the top of `benign.toml`."""

    kind: str
    language: str
    where: str
    text: str
    says: str


BENIGN = [Benign(**each) for each in read("benign.toml", "benign")]


class HonestModel(ScriptedModel):
    """Writes one line, about the last passage or message that it is shown."""

    def __init__(self) -> None:
        super().__init__(self._line, name="honest")
        self.says = ""

    def _line(self, request: Request) -> Said:
        last = material_of(request)[-1]
        quote = " ".join(last.text.split()[:20])
        line = {"line": last.number, "quote": quote, "also": [], "text": self.says}
        fields = (request.schema or {}).get("properties")
        assert isinstance(fields, dict)
        return {name: [line] if name in ("claims", "key_points") else [] for name in fields}


def test_there_are_a_hundred() -> None:
    assert len(BENIGN) >= 100
    assert len({each.text for each in BENIGN}) == len(BENIGN)


async def test_nearly_all_of_them_are_told_unchanged() -> None:
    model = HonestModel()
    ours, changed = writing(model), []
    for each in BENIGN:
        model.says = each.says
        brief = replace(BRIEF, language=each.language)
        if each.where == "passage":
            passages = [passage(text, number) for number, text in enumerate((*GUIDE, each.text))]
            answer = await ours.answer("What is said?", passages, brief)
            told = [claim.text for claim in answer.claims]
        else:
            summary = await ours.summary(talk_of((*TALK, ("Dora", each.text))), BRIEF)
            told = [item.text for items in summary.items.values() for item in items]
        if told != [each.says]:
            changed.append((each.says, told))
    print(f"{len(BENIGN) - len(changed)} of {len(BENIGN)} unchanged")
    if len(changed) > len(BENIGN) // 50:
        pytest.fail("\n".join(map(str, changed)))
