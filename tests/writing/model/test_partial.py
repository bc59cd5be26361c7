"""What of an answer is whole while it is still being written."""

import json

import pytest

from learncomm_agent.writing.model.partial import Objects

CLAIMS = [
    {"line": n, "quote": f'“{{[{n}]}}" \\ é', "also": [], "text": f"Claim {n}."} for n in range(4)
]
ANSWER = json.dumps({"claims": CLAIMS}, ensure_ascii=False)


@pytest.mark.parametrize("size", [1, 2, 7, 50, 10_000])
@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```", "Sure, [here] it {{is}}:\n{}"])
def test_each_object_is_found_once_it_is_whole(size: int, around: str) -> None:
    text = around.replace("{}", ANSWER).replace("{{", "{").replace("}}", "}")
    objects, counts = Objects("claims", 9), []
    for start in range(0, len(text), size):
        if objects.add(text[start : start + size]):
            counts.append(len(objects.found))
    assert objects.found == CLAIMS
    assert counts == sorted(set(counts))
    if size == 1:
        assert counts == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "text",
    [
        "", "claims", '"claims"', '{"claims": 5}', '{"claims": "[{}]"', '{"claims": [[{"a": 1}]]}',
        '{"claims": [5, {"a": 1}]}', '{"claims": ["{}", {"a": 1}]}', '{"x": [{"a": 1}]}',
        '{"claims": [{"a": ' + "[" * 100_000, '{"claims": ' + " " * 100_000 + "[{}]",
        '{"claims": [' + '{"a":' * 20_000, '{"not claims": "claims: [{}]"}',
    ],
)  # fmt: skip
def test_what_is_no_list_of_objects_has_none(text: str) -> None:
    objects = Objects("claims", 9)
    for start in range(0, len(text), 1000):
        objects.add(text[start : start + 1000])
    assert objects.found == []


def test_an_endless_list_ends() -> None:
    objects = Objects("claims", 3)
    objects.add('{"claims": [')
    for _ in range(5_000):
        objects.add('{"a": 1}, ')
    assert len(objects.found) == 3
