"""Choices and menus for rooms without buttons: each thing gets a sign to answer with. Pure.

Signs are numbers, counted through the whole post. Where numbers mean something there already (a numbered
list, a label such as `3. Tea`), a label keeps its own number, and all else gets letters; a second list
under the same numbers gets a letter before them (`a3`). So each thing has one sign, and no two share it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learncomm_agent.adapting.laying import Say as Say
from learncomm_agent.adapting.laying import opening, ordered, shown
from learncomm_agent.adapting.signs import (
    BETWEEN,
    Signs,
    bare,
    folded,
    following,
    reaction,
    sign_of,
)
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Menu,
    Paragraph,
    Style,
    Text,
)
from learncomm_agent.errors import Advice

NONE = "0"
"""Picks nothing from a list where that will do."""
_COMMA = re.compile(r"[,;\n]")
_MOST_SAID = 2000
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Picked:
    """What somebody chose."""

    id: str
    """Of the choice, or of the menu: what `Chosen.choice` tells."""
    values: tuple[str, ...] = ()
    """The ids of what was picked from a menu, in its order."""
    opens_form: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing to choose, under its sign."""

    sign: str
    label: str
    id: str
    menu: int | None = None
    """The place of its menu in `Offer.menus`; None for a choice."""
    opens_form: bool = False


@dataclass(frozen=True, slots=True)
class List:
    """A menu, without its options."""

    id: str
    at_least: int
    at_most: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen on one post, and by which signs."""

    blocks: tuple[Block, ...]
    """The post with lists in the place of its choices; empty for one that was read from a record."""
    things: tuple[Thing, ...]
    menus: tuple[List, ...] = ()

    def picked(self, said: str) -> Picked | None:
        """Return what somebody chose who said this: signs, an emoji of one, or labels; None where nothing."""
        things = self._found(said)
        if things is None:
            empty = [each for each in self.menus if each.at_least == 0]
            is_none = sign_of(said) == NONE and len(empty) == 1
            return Picked(empty[0].id) if is_none else None
        first = things[0]
        if first.menu is None:
            return Picked(first.id, (), first.opens_form) if len(things) == 1 else None
        menu = self.menus[first.menu]
        if any(each.menu != first.menu for each in things):
            return None
        if not menu.at_least <= len(things) <= max(1, menu.at_most):
            return None
        order = [each for each in self.things if each in things]
        return Picked(menu.id, tuple(each.id for each in order))

    def advice(self, said: str) -> Advice:
        """Return what to say to somebody whose answer picks nothing here."""
        things = self._found(said) or ()
        menus = {each.menu for each in things}
        if len(menus) == 1 and (place := things[0].menu) is not None:
            menu = self.menus[place]
            least, most = menu.at_least, max(1, menu.at_most)
            return Advice("offering.so_many", {"least": least, "most": most})
        if len(things) > 1:
            return Advice("offering.one_at_a_time", {})
        shown = " ".join(said.split())[:_SHOWN]
        return Advice("offering.unknown", {"said": shown, "signs": self.ranges()})

    def ranges(self) -> list[str]:
        """Return the signs in few words: `1–5` and `a–c`."""
        runs: list[list[str]] = []
        for sign in dict.fromkeys(each.sign for each in self.things):
            if runs and following(runs[-1][-1]) == sign:
                runs[-1].append(sign)
            else:
                runs.append([sign])
        return [run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it, without the blocks."""
        return {
            "things": [[t.sign, t.label, t.id, t.menu, t.opens_form] for t in self.things],
            "menus": [[m.id, m.at_least, m.at_most] for m in self.menus],
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Offer":
        """Return the offer of a record.

        Raises:
            ValueError: It is none.
        """
        try:
            menus = tuple(List(*each) for each in record["menus"])
            things = tuple(Thing(*each) for each in record["things"])
        except (TypeError, KeyError) as error:
            raise ValueError("no record of an offer") from error
        places = range(len(menus))
        if not all(isinstance(t.sign, str) and isinstance(t.label, str) for t in things) or not all(
            t.menu is None or t.menu in places for t in things
        ):
            raise ValueError("no record of an offer")
        return cls((), things, menus)

    def _found(self, said: str) -> tuple[Thing, ...] | None:
        """Return the things that are named, each once; None where anything else is said, too."""
        if len(said) > _MOST_SAID:
            return None
        if one := self._named(said):
            return (one,)
        for pattern in (BETWEEN, _COMMA):
            parts = [part for part in pattern.split(said) if part.strip()]
            things = [self._named(part) for part in parts]
            if things and all(things):
                return tuple(dict.fromkeys(each for each in things if each is not None))
        return None

    def _named(self, said: str) -> Thing | None:
        sign, label = sign_of(said), folded(said)
        by_sign = [each for each in self.things if each.sign == sign]
        by_label = [each for each in self.things if label and label in _names(each.label)]
        found = by_sign or by_label
        return found[0] if len(found) == 1 else None


def offer(blocks: Sequence[Block], say: Say, how: str = "offering.how") -> Offer | None:
    """Return a post with a sign for each thing on it; None where there is nothing to choose.

    Args:
        blocks: The post; a form on it is a choice that opens it.
        say: Gives the sentences that the lists need.
        how: Names the sentence below the post that tells how to answer; nothing where it is empty.
    """
    given = ordered(map(opening, blocks))
    if not any(block.options for block in given if isinstance(block, Choices | Menu)):
        return None
    signs = Signs(given)
    laid: list[Block] = []
    things: list[Thing] = []
    menus: list[List] = []
    for block in given:
        if not isinstance(block, Choices | Menu):
            laid.append(block)
            continue
        place = None
        if isinstance(block, Menu):
            place = len(menus)
            menus.append(List(block.id, block.at_least, block.at_most))
        mine = signs.of(block)
        things += (
            Thing(sign, option.label, option.id, place, option.opens_form)
            for sign, option in zip(mine, block.options, strict=True)
        )
        before = laid[-1] if laid else None
        laid += shown(block, mine, signs.listed, say, before)
    made = Offer(tuple(laid), tuple(things), tuple(menus))
    if how:
        controls = [each for each in given if isinstance(each, Choices | Menu) and each.options]
        made = Offer((*laid, _how(made, controls, say, how)), made.things, made.menus)
    return made


def _is_said(block: Choices) -> bool:
    """Whether the post tells in words of its own that a number does something."""
    return bool(block.in_words) and all(each.label.strip().isdecimal() for each in block.options)


def _how(made: Offer, given: Sequence[Block], say: Say, how: str) -> Paragraph:
    signs = [thing.sign for thing in made.things]
    is_said = all(isinstance(each, Choices) and _is_said(each) for each in given)
    several = next(
        (
            [thing.sign for thing in made.things if thing.menu == place][:2]
            for place, menu in enumerate(made.menus)
            if menu.at_most > 1
        ),
        [],
    )
    said = say(
        how,
        count=len(signs),
        first=signs[0],
        has_numbers=any(sign.isdecimal() for sign in signs),
        has_letters=any(not sign.isdecimal() for sign in signs),
        several=", ".join(several) if len(several) > 1 else "",
        has_none=any(menu.at_least == 0 for menu in made.menus),
        can_react=any(map(reaction, signs)),
        is_said=is_said,
    )
    return Paragraph((Text(said, Style.EMPHASIS),))


def _names(label: str) -> tuple[str, str]:
    return folded(label), folded(bare(label))
