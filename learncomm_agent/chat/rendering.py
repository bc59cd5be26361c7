"""Plans how a post is shown in a room that can't show all of it: `Outgoing` + `Capabilities` -> parts.

Pure, so it can be tried on thousands of generated posts. Nothing is dropped without a note: each
change is a `Downgrade`, and text is never dropped at all. What is private stays private or is refused.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import chain

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.forms import Choice, Form
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Downgrade,
    Fallback,
    Feature,
    File,
    Image,
    Link,
    Listing,
    Mention,
    Menu,
    MessageLink,
    Outgoing,
    Paragraph,
    Quote,
    Span,
    Text,
    Time,
)
from learncomm_agent.chat.plain import in_words, is_blank, span_text
from learncomm_agent.chat.plain import plain as plain
from learncomm_agent.chat.splitting import Piece, split

Length = Callable[[Sequence[Block]], int]
Blocks = tuple[Block, ...]

_MAX_KEY = 25
_WHOLE_TEXT = "reply.txt"
_FEATURES: dict[type[Span], Feature] = {
    Link: Feature.LINK,
    MessageLink: Feature.MESSAGE_LINK,
    Mention: Feature.MENTION,
    Time: Feature.LOCAL_TIME,
}
_INSTEAD: dict[type[Choices | Menu | Form], tuple[Feature, Fallback]] = {
    Choices: (Feature.BUTTONS, Fallback.AS_LIST),
    Menu: (Feature.MENU, Fallback.AS_LIST),
    Form: (Feature.FORM, Fallback.QUESTION_BY_QUESTION),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to post."""

    parts: tuple[Outgoing, ...]
    """In reading order, each of which fits; empty where it was refused or there is nothing to show."""
    downgrades: tuple[Downgrade, ...] = ()
    """Each once, in the order of `Feature`."""

    @property
    def is_refused(self) -> bool:
        """Whether nothing is posted because nothing safe could be."""
        return any(note.fallback is Fallback.REFUSED for note in self.downgrades)


def plan(
    outgoing: Outgoing,
    capabilities: Capabilities,
    length: Length,
    direct: RoomRef | None = None,
) -> Plan:
    """Turn a post into parts that its room can show.

    Choices and menus come last, so they stand on the last part; a form becomes a choice that opens it. The keys of the parts are made from
    the post's own (`k.0`, `k.1`…), also for a single part, so an edit that grows keeps its keys.
    To plan a part again changes nothing but its key.

    Args:
        outgoing: The post. Leave out its `reply` when that has expired, or is of somebody else than
            `private_to`.
        capabilities: Of the room it goes to. Where the direct talk has other limits, plan the post
            for that room; one that goes to `direct` already is private enough. A private reply in a
            room is possible without a handle at level FULL, with a private one at PARTIAL.
        length: How long blocks are as the platform writes them, in the unit of `max_text`; must not
            shrink when text is added.
        direct: The direct talk with `private_to`, if there is one. It is trusted to be theirs.

    Raises:
        ValueError: `max_text` is too small for a single character.
    """
    planner = _Planner(capabilities, length, outgoing.room.platform)
    routed = planner.route(outgoing, direct)
    if routed is None:
        return Plan((), planner.downgrades())
    parts = planner.fill(outgoing.blocks)
    return Plan(
        tuple(_part(routed, index, blocks) for index, blocks in enumerate(parts)),
        planner.downgrades(),
    )


def part_key(key: str, index: int) -> str:
    """Return the key of a part; a long key is cut and told from others by a digest of it."""
    suffix = f".{index}"
    if len(key) + len(suffix) > _MAX_KEY:
        key = f"{key[:8]}~{blake2b(key.encode(), digest_size=5).hexdigest()}"
    return key + suffix


class _Planner:
    """Makes one plan and notes what it had to change."""

    def __init__(self, capabilities: Capabilities, length: Length, platform: str) -> None:
        self._can = capabilities
        self._platform = platform
        self._length = length
        self._notes: set[Downgrade] = set()

    def downgrades(self) -> tuple[Downgrade, ...]:
        features, fallbacks = list(Feature), list(Fallback)
        return tuple(
            sorted(
                self._notes,
                key=lambda note: (features.index(note.feature), fallbacks.index(note.fallback)),
            )
        )

    def route(self, outgoing: Outgoing, direct: RoomRef | None) -> Outgoing | None:
        """Return the post as addressed to where its readers are, None where that is nowhere."""
        if outgoing.private_to is not None and outgoing.room != direct:
            has_handle = outgoing.reply is not None and outgoing.reply.reaches_one
            level = self._can.private_replies
            if level == Level.FULL or (level == Level.PARTIAL and has_handle):
                # An answer through a handle that is not private would be public.
                outgoing = outgoing if has_handle else replace(outgoing, reply=None)
            elif direct is not None and _has(self._can.direct_messages):
                self._note(Feature.PRIVATE_REPLY, Fallback.AS_DIRECT_MESSAGE)
                return replace(outgoing, room=direct, reply=None, reply_to=None)
            else:
                self._note(Feature.PRIVATE_REPLY, Fallback.REFUSED)
                return None
        if outgoing.reply_to is not None and not _has(self._can.replies):
            self._note(Feature.REPLY, Fallback.LEFT_OUT)
            outgoing = replace(outgoing, reply_to=None)
        return outgoing

    def fill(self, blocks: Blocks) -> list[Blocks]:
        """Return the content of each part."""
        shown = [block for block in self._adapt(blocks) if not is_blank(block)]
        shown.sort(key=lambda block: isinstance(block, Choices | Menu))
        pieces = list(split(shown, self._fits))
        broken = tuple(chain.from_iterable(piece.broken for piece in pieces))
        parts = None
        if broken or len(pieces) > max(1, self._can.max_parts):
            parts = self._as_file(shown, pieces)
        if parts is not None:
            self._note(Feature.LENGTH, Fallback.AS_FILE)
        else:
            parts = [piece.blocks for piece in pieces]
            if len(parts) > 1:
                self._note(Feature.LENGTH, Fallback.SPLIT)
            for span in broken:
                self._note_span(span)
        return [self._spelled(part) for part in parts]

    def _as_file(self, shown: Sequence[Block], pieces: Sequence[Piece]) -> list[Blocks] | None:
        """Return the beginning with the whole text as a file, then what no file of text can hold."""
        whole = File(_WHOLE_TEXT, "text/plain", plain(shown).encode(errors="replace"))
        if not self._can_upload(whole):
            return None
        extras = [block for block in shown if isinstance(block, Image | File | Choices | Menu)]
        words = [block for block in shown if block not in extras]
        tail: Blocks = (whole, *extras)
        if self._length(self._spelled(tail)) * 2 > self._can.max_text:
            tail = (whole,)
        beginning = next(split(words, lambda blocks: self._fits((*blocks, *tail))), Piece(()))
        first = (*(() if beginning.broken else beginning.blocks), *tail)
        others = [] if len(tail) > 1 else [piece.blocks for piece in split(extras, self._fits)]
        return [first, *others]

    def _adapt(self, blocks: Blocks) -> Iterator[Block]:
        """Put other blocks in the place of those that can't be shown, and note spans that can't be."""
        room_left = self._can.max_choices
        for block in blocks:
            for span in _spans(block):
                if not self._shows(span):
                    self._note_span(span)
            match block:
                case Choices() | Menu() if self._offers(block, room_left):
                    room_left -= self._takes(block)
                    yield block
                case Form() if self._offers(opening := _opening(block), room_left, block):
                    room_left -= self._takes(opening)
                    yield opening
                case Choices() | Menu() | Form():
                    self._note(*_INSTEAD[type(block)])
                    yield from in_words(block)
                case File() if not self._can_upload(block):
                    self._note(Feature.FILE, Fallback.AS_TEXT)
                    yield from in_words(block)
                case Image() if not (_has(self._can.images) and self._is_light(block)):
                    self._note(Feature.IMAGE, Fallback.AS_TEXT)
                    yield from in_words(block)
                case _:
                    yield block

    def _offers(self, block: Choices | Menu, room_left: int, form: Form | None = None) -> bool:
        """Whether there is still room for these on the post, and for the form that they open."""
        can = self._can
        if isinstance(block, Menu):
            is_possible = _has(can.menus) and 0 < len(block.options) <= can.max_menu_options
        else:
            is_possible = _has(can.buttons)
        if form is not None and not (_has(can.forms) and len(form.fields) <= can.max_fields):
            return False
        return is_possible and self._takes(block) <= room_left and self._alone(block)

    def _takes(self, block: Choices | Menu) -> int:
        return self._can.choices_per_menu if isinstance(block, Menu) else len(block.options)

    def _can_upload(self, file: File) -> bool:
        return _has(self._can.files) and self._is_light(file)

    def _is_light(self, block: File | Image) -> bool:
        return len(block.content) <= self._can.max_file_bytes and self._alone(block)

    def _alone(self, block: Block) -> bool:
        return self._fits((block,))

    def _fits(self, blocks: Sequence[Block]) -> bool:
        return self._length(self._spelled(blocks)) <= self._can.max_text

    def _shows(self, span: Span) -> bool:
        match span:
            case Link():
                return _has(self._can.links)
            case MessageLink(ref=ref):
                return _has(self._can.message_links) and ref.room.platform == self._platform
            case Mention(account=account):
                return _has(self._can.mentions) and account.platform == self._platform
            case Time():
                return _has(self._can.local_times)
            case _:
                return True

    def _spelled(self, blocks: Sequence[Block]) -> Blocks:
        """Spell out the spans that can't be shown; done last, so that none of them is ever cut."""

        def spell(spans: tuple[Span, ...]) -> tuple[Span, ...]:
            return tuple(span if self._shows(span) else Text(span_text(span)) for span in spans)

        def spelled(block: Block) -> Block:
            match block:
                case Paragraph(spans=spans) | Quote(spans=spans):
                    return replace(block, spans=spell(spans))
                case Listing(items=items):
                    return replace(block, items=tuple(map(spell, items)))
                case _:
                    return block

        return tuple(map(spelled, blocks))

    def _note(self, feature: Feature, fallback: Fallback) -> None:
        self._notes.add(Downgrade(feature, fallback))

    def _note_span(self, span: Span) -> None:
        if type(span) in _FEATURES:
            self._note(_FEATURES[type(span)], Fallback.AS_TEXT)


def _has(level: Level) -> bool:
    return level >= Level.PARTIAL


def _opening(form: Form) -> Choices:
    """Return what is posted in the place of a form, which opens when somebody presses it."""
    return Choices((Choice(form.id, form.title, opens_form=True),))


def _part(routed: Outgoing, index: int, blocks: Blocks) -> Outgoing:
    reply_to = routed.reply_to if index == 0 else None
    instead_of = routed.instead_of if index == 0 else None
    key = part_key(routed.key, index)
    return replace(routed, blocks=blocks, key=key, reply_to=reply_to, instead_of=instead_of)


def _spans(block: Block) -> Iterator[Span]:
    match block:
        case Paragraph(spans=spans) | Quote(spans=spans):
            yield from spans
        case Listing(items=items):
            yield from chain.from_iterable(items)
