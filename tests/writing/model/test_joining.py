"""What was made of the segments is joined: the most important first, and no segment goes unheard."""

from learncomm_agent.writing.evidence.checks import MOST_LINES
from learncomm_agent.writing.items import Item, ItemKind
from learncomm_agent.writing.model.joining import Part, beside, joined


def part(name: str, count: int, messages: int = 10) -> Part:
    items = tuple(Item(f"{name}{i}", (name,), "q") for i in range(count))
    return Part({kind: items for kind in ItemKind}, dropped=1, messages=messages)


def texts(whole: Part, kind: ItemKind) -> list[str]:
    return [each.text for each in whole.items[kind]]


def test_the_first_line_of_each_segment_is_kept_and_important_ones_come_first() -> None:
    whole = joined([part("a", 25), part("b", 2), part("c", 25, messages=40)])
    decisions = texts(whole, ItemKind.DECISION)
    assert len(decisions) == MOST_LINES
    assert {"a0", "b0", "c0"} <= set(decisions)
    assert decisions[:5] == ["c0", "c1", "c2", "a0", "b0"]
    assert sum(each.startswith("c") for each in decisions) > 15
    unkept = 6 * (52 - MOST_LINES) + (52 - 3)  # of the overview, key points take what they can
    assert whole.dropped == 3 + unkept
    assert joined([]) == Part({kind: () for kind in ItemKind}, 0, 0)


def test_more_segments_than_lines_still_keep_to_the_bound() -> None:
    whole = joined([part(f"s{n}-", 3) for n in range(50)])
    assert len(texts(whole, ItemKind.DECISION)) == MOST_LINES
    assert all(each.endswith("-0") for each in texts(whole, ItemKind.DECISION))


def test_an_overview_tells_of_the_segments_in_the_order_said() -> None:
    whole = joined([part(f"s{n}-", 1, messages=20 - n) for n in range(12)])
    assert texts(whole, ItemKind.OVERVIEW) == [f"s{n}-0" for n in range(8)]
    assert {f"s{n}-0" for n in range(8, 12)} <= set(texts(whole, ItemKind.KEY_POINT))
    one = joined([part("s", 5)])
    assert texts(one, ItemKind.OVERVIEW) == ["s0", "s1", "s2"]


def test_what_several_calls_made_of_one_segment_stands_together() -> None:
    item = Item("t", ("a",), "q")
    one = Part({ItemKind.DECISION: (item,)}, 1, 7)
    two = Part({ItemKind.INSIGHT: (item,)}, 2, 7)
    whole = beside([one, two])
    assert (whole.dropped, whole.messages) == (3, 7)
    assert [kind for kind in ItemKind if whole.items[kind]] == [ItemKind.INSIGHT, ItemKind.DECISION]
