"""From raw events to what people said, whatever strangers' clients write."""

from typing import Any

import pytest

from learncomm_agent.chat.messages import MessageRef
from learncomm_matrix.hearing.attachments import attachments, source
from learncomm_matrix.hearing.messages import Myself, said
from learncomm_matrix.hearing.polls import OpenPoll, answers, counted
from learncomm_matrix.hearing.posts import Posts, last_edit
from learncomm_matrix.hearing.relations import redacted, relation
from tests.adapters.matrix.hearing_room import Flat

ME = "@guide:example.org"
ROOM = "!room:example.org"
ANN = "@ann:example.org"
NAMES = {ME: "Study Guide", ANN: "Ann Lee"}
PILL = f'<a href="https://matrix.to/#/{ME}">Study Guide</a>'
CALLS = {"m.mentions": {"user_ids": [ME]}}
REPLY = {"m.in_reply_to": {"event_id": "$one"}}
KEYS = {"key": {"k": "a2V5"}, "iv": "aXY", "hashes": {"sha256": "aGFzaA"}}
MXC = "mxc://example.org/abc"


def event(content: Any, **more: Any) -> dict[str, Any]:
    base = {"type": "m.room.message", "event_id": "$id", "sender": ANN}
    return {**base, "origin_server_ts": 1_700_000_000_123, "content": content, **more}


def text(body: Any, **more: Any) -> dict[str, Any]:
    return event({"msgtype": "m.text", "body": body, **more})


def read(told: dict[str, Any]) -> Any:
    directory = Flat(NAMES)
    directory.know(ROOM)
    posted = Posts(directory, ME).posted(told, ROOM, last_edit(told))
    return None if posted is None else posted.message


@pytest.mark.parametrize(
    ("told", "says", "is_addressed"),
    [
        (text("hello all"), "hello all", False),
        (text("!learncomm find books"), "find books", True),
        (text(" !LC help"), "help", True),
        (text("!lcx help"), "!lcx help", False),
        (text("Study Guide: help"), "help", True),
        (text("guide, help"), "help", True),
        (text(f"{ME} help"), "help", True),
        (text(f"[Study Guide](https://matrix.to/#/{ME}): help"), "help", True),
        (text("thanks Study Guide", **{"m.mentions": {"user_ids": [ME]}}), None, True),
        (text("thanks", formatted_body=f"thanks {PILL}"), "thanks", True),
        (text("thanks", formatted_body=f"<mx-reply>{PILL}</mx-reply>thanks"), "thanks", False),
        # Some apps write the bare name where they show the mention.
        (
            text("Study Guide search x", formatted_body=f"{PILL} search x", **CALLS),
            "search x",
            True,
        ),
        (text("Study Guides search x", formatted_body=f"{PILL}s search x", **CALLS), None, True),
        # An app mentions whom a reply answers by itself.
        (text("thanks", **{"m.relates_to": REPLY, "m.mentions": {"user_ids": [ME]}}), None, False),
        (text("ask Study Guide", **{"m.mentions": {}}), None, False),
        (text(f"ask {ANN} or @x:y.org"), "ask @Ann Lee or @x:y.org", False),
        (text(f"ask [Ann](https://matrix.to/#/{ANN})"), "ask @Ann", False),
        (text(f"> <{ANN}> old\n> more\n\nnew", **{"m.relates_to": REPLY}), "new", False),
        (text("> quoted by hand\n\nnew", **{"m.relates_to": REPLY}), None, False),
        (text(f"> <{ANN}> no reply\n\nnew"), "> <@Ann Lee> no reply\n\nnew", False),
        (event({"msgtype": "m.emote", "body": "waves at Study Guide"}), None, False),
        (event({"msgtype": "m.location", "body": "geo:1,2", "geo_uri": "geo:1,2"}), "", False),
        (event({"body": "A cat"}, type="m.sticker"), "", False),
        (event({"msgtype": "org.new.sort", "body": "fallback"}), "fallback", False),
    ],
)
def test_what_a_message_says(told: dict[str, Any], says: str | None, is_addressed: bool) -> None:
    message = read(told)
    assert message.text == (told["content"]["body"] if says is None else says)
    assert message.is_addressed is is_addressed


@pytest.mark.parametrize("prefix", ["m.poll", "org.matrix.msc3381.poll"])
def test_a_poll_says_its_question_and_answers(prefix: str) -> None:
    inner = "m.poll" if prefix == "m.poll" else f"{prefix}.start"
    poll = {"question": {"m.text": [{"body": "Tea?"}]}, "answers": [{"body": "yes"}, 7, {}]}
    assert read(event({inner: poll}, type=f"{prefix}.start")).text == "Tea?\n- yes"


def test_files_are_named_with_their_captions_beside() -> None:
    info = {"mimetype": "Audio/OGG; codecs=opus", "size": 12}
    voice = {"msgtype": "m.audio", "body": "a.ogg", "url": MXC, "info": info}
    (file,) = read(event(voice)).attachments
    assert (file.id, file.name, file.media_type, file.size_bytes) == (MXC, "a.ogg", "audio/ogg", 12)
    assert read(event(voice)).text == ""
    assert read(event({**voice, "filename": "a.ogg"})).text == ""
    captioned = read(event({**voice, "filename": "b.ogg", "body": "!lc keep this"}))
    assert (captioned.text, captioned.is_addressed) == ("keep this", True)
    assert captioned.attachments[0].name == "b.ogg"
    sealed = {"msgtype": "m.file", "body": "x", "file": {"url": MXC, **KEYS}}
    found = source(read(event(sealed)).attachments[0].id)
    assert found is not None
    assert (found.mxc, found.keys) == (MXC, {"key": "a2V5", "iv": "aXY", "hash": "aGFzaA"})


@pytest.mark.parametrize(
    ("changed", "is_file"),
    [
        ({"url": "https://evil.example/x"}, False),
        ({"url": f"{MXC}/../../x"}, False),
        ({"url": None}, False),
        ({"file": {"url": MXC}}, False),
        ({"file": {"url": MXC, **KEYS, "iv": "x" * 60_000}}, False),
        ({"info": {"mimetype": "a b\nc", "size": -1}}, True),
        ({"info": {"mimetype": 3, "size": True}}, True),
        ({"info": {"size": 10**30}}, True),
    ],
)
def test_a_file_is_trusted_in_nothing(changed: dict[str, Any], is_file: bool) -> None:
    content = {"msgtype": "m.file", "body": "../a\u202egnp\n.exe" * 99, "url": MXC, **changed}
    found = attachments(content)
    assert bool(found) is is_file
    for each in found:
        assert (each.media_type, each.size_bytes) == ("application/octet-stream", 0)
        assert len(each.name) <= 200 and not set(each.name) & set("/\\\n\u202e")


def test_relations() -> None:
    thread = {"rel_type": "m.thread", "event_id": "$root", "is_falling_back": True, **REPLY}
    assert relation(text("x", **{"m.relates_to": thread})).reply_to is None
    real = read(text("x", **{"m.relates_to": {**thread, "is_falling_back": False}}))
    assert real.ref.room.id == f"{ROOM}/$root"
    assert real.reply_to == MessageRef(real.ref.room, "$one")
    of_root = {**thread, "is_falling_back": False, "m.in_reply_to": {"event_id": "$root"}}
    assert read(text("x", **{"m.relates_to": of_root})).reply_to.room.id == ROOM
    assert redacted({"content": {"redacts": "$a"}}) == redacted({"redacts": "$a"}) == "$a"


def test_the_last_edit_counts_if_it_is_by_the_author() -> None:
    new = {"msgtype": "m.text", "body": "new"}
    related = {"rel_type": "m.replace", "event_id": "$id"}
    edit = event({"body": "* new", "m.new_content": new, "m.relates_to": related}, event_id="$edit")
    told = text("old") | {"unsigned": {"m.relations": {"m.replace": edit}}}
    assert (read(told).text, read(told).revision, read(told).edited_at) != ("old", 0, None)
    edit["sender"] = "@eve:example.org"
    assert (read(told).text, read(told).revision, read(told).edited_at) == ("old", 0, None)
    assert read(edit) is None


WRONG: list[Any] = [
    None,
    7,
    -1,
    True,
    [],
    [[]],
    {},
    {"event_id": {}},
    "x" * 60_000,
    "\ud800\u202e",
    2**80,
]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_nothing_that_is_of_another_kind_crashes(wrong: Any) -> None:
    good = text("hello", formatted_body="<b>x</b>", **{"m.relates_to": REPLY, "m.mentions": {}})
    for key in (*good.keys() - {"type"}, "unsigned", "redacts"):
        read(good | {key: wrong})
        redacted(good | {key: wrong})
    for key in (*good["content"], "m.new_content", "url", "file", "info", "filename"):
        for sort in ("m.text", "m.image"):
            read(event({**good["content"], "msgtype": sort, key: wrong}))
    for key in ("rel_type", "event_id", "m.in_reply_to", "is_falling_back"):
        for kind in ("m.thread", "m.replace", "m.annotation"):
            told = {"rel_type": kind, "event_id": "$a", **REPLY, key: wrong}
            read(text("x", **{"m.relates_to": told}))
    poll = OpenPoll({"a": "A"})
    for content in ({"m.selections": wrong}, {"m.relates_to": wrong}, wrong):
        vote = event(content, type="m.poll.response")
        assert answers(vote, poll) == ()
        counted([vote, vote | {"origin_server_ts": wrong, "event_id": wrong}], poll, ME)
    for prefix in ("m.poll", "org.matrix.msc3381.poll.start"):
        read(event({prefix: wrong}, type="m.poll.start"))
        read(event({prefix: {"question": wrong, "answers": [wrong]}}, type="m.poll.start"))
    source(wrong if isinstance(wrong, str) else str(wrong))


@pytest.mark.parametrize(
    "bomb",
    [
        "> <@" * 15_000,
        "> <@a>\n>" + "\n>" * 29_000,
        "[" * 60_000,
        "[a](https://matrix.to/#/@" * 2_400,
        "@a:" * 20_000,
        "@a:a." * 12_000,
        "@" * 60_000,
        "<a href='https://matrix.to/#/" * 2_000,
    ],
)
def test_a_body_that_is_made_to_take_long_is_read_as_it_is(bomb: str) -> None:
    message = read(text(bomb, formatted_body=bomb, **{"m.relates_to": REPLY}))
    assert message.text in (bomb, "") and not message.is_addressed


def test_the_last_vote_before_the_end_counts() -> None:
    poll = OpenPoll({"a": "A", "b": "B", "c": "C"}, 2)

    def vote(at: int, who: str, *given: str, type: str = "m.poll.response") -> dict[str, Any]:
        content = {"m.selections": [*given]}
        return event(content, type=type, sender=who, origin_server_ts=at, event_id=f"${at}")

    end = vote(50, ME, type="m.poll.end")
    cast = [vote(20, "@x:y", "b"), vote(10, "@x:y", "a"), vote(60, "@x:y", "c"), end]
    cast += [vote(30, ANN, "a", "a", "z", "b", "c"), vote(5, ANN, type="m.poll.end")]
    cast += [vote(31, "@z:y", "a"), vote(40, "@z:y")]
    assert counted(cast, poll, ME) == {"@x:y": ("B",), ANN: ("A", "B"), "@z:y": ()}


def test_notices_of_machines_say_nothing() -> None:
    me = Myself(ME)
    for sort in ("m.notice", "m.key.verification.request", "m.server_notice"):
        told = event({"msgtype": sort, "body": "hello"})
        assert said(told, told["content"], me, NAMES.get) is None
    assert read(text("x") | {"sender": ME}) is None
    assert read(event({}, unsigned={"redacted_because": {}})) is None
