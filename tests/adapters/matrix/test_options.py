"""The section of the settings."""

from typing import Any

import pytest
from pydantic import ValidationError

from learncomm_matrix.options import Options


@pytest.mark.parametrize(
    "bad",
    [
        {"homeserver": "matrix.example.org"},
        {"homeserver": "https://"},
        {"homeserver": "https://me:secret@matrix.example.org"},
        {"homeserver": "https://matrix.example.org/_matrix/client"},
        {"homeserver": "https://matrix.example.org:99999"},
        {"leader_level": 101},
        {"leader_level": True},
        {"spaces": ["#alias:example.org"]},
        {"spaces": ["!a/b"]},
        {"invite_from": ["@a b:x"]},
        {"prefixes": ["two words"]},
        {"prefixes": [""]},
        {"encrypted": "yes"},
        {"unknown": 1},
    ],
)
def test_mistakes_are_told(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options(**bad)


def test_what_is_copied_along_does_no_harm() -> None:
    given: dict[str, Any] = {"homeserver": "https://m.example.org/", "token": " Bearer syt_x\n"}
    options = Options(**given)
    assert options.homeserver == "https://m.example.org"
    assert options.token is not None
    bare = options.token.get_secret_value()
    assert bare in ("syt_x", "Bearer syt_x".strip())
    assert "syt_x" not in repr(options)


@pytest.mark.parametrize(
    ("names", "user", "may"),
    [
        ((), "@a:x", True),
        (("@a:x",), "@a:x", True),
        (("@a:x",), "@b:x", False),
        (("x",), "@b:x", True),
        (("x",), "@b:y.x", False),
        (("x:8448",), "@b:x:8448", True),
    ],
)
def test_whose_invitations_are_taken(names: tuple[str, ...], user: str, may: bool) -> None:
    assert Options(invite_from=names).may_invite(user) is may
