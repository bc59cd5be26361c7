"""An answer tells what a resource says from what a member said, and names members as consent allows."""

from learncomm_agent.chat.outgoing import File, MessageLink
from learncomm_agent.testing.community import Circle

NOTE = "Sourdough needs a warm place; mine rises best on top of the fridge overnight."
ASKED = "Where does sourdough rise best?"
HOURS = "The choir room stays open until nine on Thursdays, and the caretaker has the key."


async def test_each_line_of_a_talk_bears_the_name_of_its_speaker_and_a_link(
    circle: Circle,
) -> None:
    said = await circle.ben.says(HOURS, circle.hall)
    await circle.chloe.says("And the piano was tuned last week, so we can sing.", circle.hall)
    await circle.clock.advance(7200)
    await circle.settle()
    answer = await circle.ann.asks("Until when is the choir room open?", circle.hall)
    assert answer.startswith(f"1. Ben said: {HOURS} (A talk in hall, ")
    post = circle.ann.answers()[-1]
    spans = [s for b in post.blocks for item in getattr(b, "items", ()) for s in item]
    assert said in [span.ref for span in spans if isinstance(span, MessageLink)]
    answer = await circle.ann.asks("When was the piano tuned?", circle.hall)
    assert "1. Chloé said: And the piano was tuned" in answer and "Ben" not in answer


async def test_a_note_is_its_authors_whoever_shared_it(circle: Circle) -> None:
    message = await circle.chloe.says(NOTE, circle.hall)
    await circle.ann.asks("share", circle.hall, reply_to=message)
    assert f"1. Chloé said: {NOTE} (a note" in await circle.ben.asks(ASKED, circle.hall)
    await circle.chloe.sends("me", circle.hall, consent="summaries_only")
    assert "Chloé" not in circle.ben.answers()[-1].text
    assert "found nothing" in await circle.ben.asks(ASKED, circle.hall)


async def test_a_file_says_it_and_nobody_else(circle: Circle) -> None:
    file = File("bread.md", "text/markdown", f"# Bread\n\n{NOTE}\n".encode())
    await circle.chloe.asks("share", circle.hall, files=[file])
    assert (await circle.ben.asks(ASKED, circle.hall)).startswith(f"1. {NOTE} (Bread")
    answer = await circle.agent.answer("What does a buddy do?")
    assert {claim.said_by for claim in answer.claims} == {None}


async def test_who_takes_a_note_back_that_another_shares_is_not_named_any_more(
    circle: Circle,
) -> None:
    sharing = await circle.ben.says(f"@learncomm share {NOTE}", circle.hall)
    await circle.chloe.asks(f"share {NOTE}", circle.hall)
    assert "1. Ben said: Sourdough" in await circle.ann.asks(ASKED, circle.hall)
    await circle.ben.deletes(sharing)
    shown = circle.ann.answers()[-1].text
    assert "A member said: Sourdough" in shown and "Ben" not in shown
    assert "1. Chloé said: Sourdough" in await circle.ann.asks(ASKED, circle.hall)


async def test_who_kept_only_summaries_is_a_member_in_what_they_shared_themselves(
    circle: Circle,
) -> None:
    await circle.ben.sends("me", circle.hall, consent="summaries_only")
    await circle.ben.asks(f"share {NOTE}", circle.hall)
    answer = await circle.ann.asks(ASKED, circle.hall)
    assert "A member said: Sourdough" in answer and "Ben" not in answer


async def test_a_name_with_signs_and_lines_stays_plain(circle: Circle) -> None:
    odd = circle.person("Eve**](https://evil.example)")
    await odd.asks(f"share {NOTE}", circle.hall)
    await circle.ann.asks(ASKED, circle.hall)
    post = circle.ann.answers()[-1]
    spans = [s for b in post.blocks for item in getattr(b, "items", ()) for s in item]
    assert all(span.kind in {"text", "message_link"} for span in spans)
