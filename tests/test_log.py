"""The log holds ids, never what a member wrote or is called."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from learncomm_agent.log import HIDDEN, PRIVATE_KEYS, configure, logger


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("learncomm_agent")
    before = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:], level, our_level = before
    root.setLevel(level)
    ours.setLevel(our_level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_carries_its_ids() -> None:
    stream = io.StringIO()
    configure(form="json", stream=stream)
    logger("learncomm_agent.x", room=3).info("message_kept", message=7, thread=9)
    (event,) = lines(stream)
    assert event.pop("timestamp")
    assert event == {
        "event": "message_kept",
        "level": "info",
        "logger": "learncomm_agent.x",
        "room": 3,
        "message": 7,
        "thread": 9,
    }


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("key", sorted(PRIVATE_KEYS))
def test_what_a_member_wrote_is_left_out(form: str, key: str) -> None:
    stream = io.StringIO()
    configure(form=form, stream=stream)  # type: ignore[arg-type]
    logger("learncomm_agent.x").warning("x", **{key: "Ana's secret"}, deep=[{key: "Ana's secret"}])
    logging.getLogger("foreign").warning("x", extra={"deep": {key: "Ana's secret"}})
    assert "Ana" not in stream.getvalue()
    assert stream.getvalue().count(HIDDEN) == 3


def test_other_libraries_go_the_same_way_from_warning_up() -> None:
    stream = io.StringIO()
    configure(form="json", stream=stream)
    logging.getLogger("foreign").info("chatter %s", "x")
    logging.getLogger("foreign").warning("trouble %s", "x")
    assert [(each["event"], each["logger"]) for each in lines(stream)] == [("trouble x", "foreign")]


def test_the_level_is_obeyed() -> None:
    stream = io.StringIO()
    configure(level="error", stream=stream)
    logger("learncomm_agent.x").warning("x")
    assert stream.getvalue() == ""


def test_a_second_call_replaces_the_first() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure(stream=first)
    configure(stream=second)
    logger("learncomm_agent.x").info("x")
    assert first.getvalue() == ""
    assert second.getvalue().count("\n") == 1


def test_an_event_can_not_forge_a_line() -> None:
    stream = io.StringIO()
    configure(stream=stream)
    logging.getLogger("foreign").warning("one\ntwo\r\nthree")
    logger("learncomm_agent.x").info("x", file="a\nb")
    assert stream.getvalue().count("\n") == 2


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_shows_its_frames_and_first_line_alone(form: str) -> None:
    stream = io.StringIO()
    configure(form=form, stream=stream)  # type: ignore[arg-type]
    hostile = "no such table\n[parameters: ('Ana')]"
    try:
        try:
            raise KeyError("row 3")
        except KeyError as error:
            raise RuntimeError(hostile) from error
    except RuntimeError:
        logger("learncomm_agent.x").exception("x")
        logging.getLogger("foreign").exception("y")
    written = stream.getvalue()
    assert "Ana" not in written
    for part in ("KeyError: 'row 3'", "RuntimeError: no such table"):
        assert written.count(part) == 2
    assert "test_log.py" in written


def test_other_libraries_never_write_out_what_they_send() -> None:
    stream = io.StringIO()
    configure(level="debug", stream=stream)
    logging.getLogger("foreign.gateway").debug("received: a member's words")
    logging.getLogger("foreign.gateway").warning("reconnecting")
    logger("learncomm_strange.inbound").debug("event")
    assert "member's words" not in stream.getvalue()
    assert "reconnecting" in stream.getvalue() and "event" in stream.getvalue()


def test_the_exceptions_of_a_group_are_all_there() -> None:
    stream = io.StringIO()
    configure(stream=stream)
    error = ExceptionGroup("some", [ValueError("one"), TypeError("two")])
    logger("learncomm_agent.x").error("x", exc_info=error)
    assert "ValueError: one" in stream.getvalue()
    assert "TypeError: two" in stream.getvalue()


def test_without_set_up_events_reach_the_logging_of_the_program(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger("learncomm_agent.x", room=3).warning("x", text="secret")
    (record,) = caplog.records
    assert isinstance(record.msg, dict)
    assert record.msg == {"room": 3, "event": "x", "text": HIDDEN}


def test_importing_it_sets_nothing_up() -> None:
    code = (
        "import logging, structlog, learncomm_agent.log as log; log.logger('x').info('quiet');"
        "print(logging.getLogger().handlers, structlog.is_configured())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[] False", "")
