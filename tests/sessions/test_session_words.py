"""The engine: which values go with what is said."""

import json
from typing import Any

from learncomm_agent.sessions.effects import Post
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.records import record_of
from tests.sessions.boxes import drive, stage

CASE = "The lock would not open. " * 800


def _values(words: str, **answers: object) -> dict[str, Any]:
    session = drive(Stage("announce", "said", {"for": 60}, {"say": words}), **answers)
    return dict(session.posts()[0].says[0].values)


def test_what_is_long_goes_only_with_words_that_name_it() -> None:
    steps = ["a step"] * 40
    for words in ("{{ case }}", "{% if case %}Here it is.{% endif %}", "{{ case | upper }}"):
        found = _values(words, case=CASE, steps=steps, book="Emma")
        assert found["case"] == CASE
        assert "steps" not in found
        assert found["book"] == "Emma"
    assert "case" not in _values("In case of fire.", case=CASE)
    assert _values("{% for one in steps %}{{ one }}{% endfor %}", steps=steps)["steps"] == steps


def test_a_long_case_stands_once_in_what_waits_for_25_people() -> None:
    say = Stage("announce", "case", {"for": 3600}, {"say": "{{ case }}"})
    session = drive(say, stage("group", "groups", size=2), case=CASE)
    session.join(*range(10, 35))
    session.wait(session.session.wake_at - session.now)  # type: ignore[operator]
    rows = [json.dumps(record_of(each)) for each in session.effects if isinstance(each, Post)]
    assert sum(map(len, rows)) < 2 * len(CASE)
