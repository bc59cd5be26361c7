"""From text to the words that a search compares: small letters, no accents, stems; pure.

A text and a query go the same way, so what matters is that both come out alike, not that a stem is a
word. Scripts that are written without spaces (Chinese, Japanese, Korean, Thai ...) are stored by
characters and by pairs of them: a query of one character looks for it, a longer one for its pairs.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import Stemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

from learncomm_agent.library.finding import tokens

MAX_TERMS = 64
"""More words than this of one query are not looked up; the first ones count."""
MAX_QUERY = 4_000
"""Characters of a query that are read."""
MIN_SLIP, FREE_SLIP, LONG_SLIP = 4, 6, 8
"""Letters from which a word may have one slip among its own letters, one of any kind, and two."""
MAX_SIMILAR = 3

_LANGUAGES = """
ar:arabic ca:catalan cs:czech da:danish de:german el:greek en:porter eo:esperanto es:spanish
et:estonian eu:basque fa:persian fi:finnish fr:french ga:irish hi:hindi hu:hungarian hy:armenian
id:indonesian it:italian lt:lithuanian ne:nepali nl:dutch no:norwegian pl:polish pt:portuguese
ro:romanian ru:russian sr:serbian sv:swedish ta:tamil tr:turkish yi:yiddish
"""
_STEMMERS = dict(pair.split(":") for pair in _LANGUAGES.split())
"""For English the older Porter stemmer: the newer one found less in short queries (measured)."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a query, and the forms of it that count as the same."""

    word: str
    """As it was asked, in small letters, without accents."""
    forms: tuple[str, ...]
    """What the index may hold for it: one stem a language, and the word itself."""
    may_slip: bool = True
    """Whether another word may be looked for in its place where nothing holds it."""
    is_slip: bool = False
    """Whether that was done: the forms are those of other words."""


@dataclass(frozen=True, slots=True)
class Newness:
    """How a language asks for what is new."""

    cues: Collection[str]
    """Words, or several in a row, that ask for it."""
    beside: Collection[str] = ()
    """Words that tell nothing beside those."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, taken apart."""

    text: str
    terms: tuple[Term, ...]
    """Each once, in the order asked; without stop words, unless there is nothing else. None where a
    query asks for nothing but what is new."""
    quoted: tuple[str, ...] = ()
    """What stands in quotation marks, wanted as it stands; in the form of `plain`."""
    ids: tuple[str, ...] = ()
    """Names with digits or signs in them, addresses and version numbers; in the form of `plain`."""
    is_quotation: bool = False
    """Whether all its terms stand in quotation marks."""
    is_recent: bool = False
    """Whether it asks for what is new."""
    common: frozenset[str] = frozenset()
    """What the index holds for stop words: nobody means those by a slip."""

    @property
    def is_for_newest(self) -> bool:
        """Whether it asks for what is new, whatever that is about."""
        return self.is_recent and not self.terms


class Analyser:
    """Takes texts and queries apart by the same rules; for any number of threads."""

    def __init__(
        self,
        languages: Iterable[str] = ("en",),
        stopwords: Collection[str] = (),
        recency: Iterable[Newness] = (),
        irregular: Iterable[Sequence[str]] = (),
    ) -> None:
        """Take what differs from community to community.

        Args:
            languages: ISO 639-1 codes; the first is that of a text that does not say its own. Words
                of a language that is not among them are compared as they stand.
            stopwords: Words that tell nothing.
            recency: How a query asks for what is new, in any language.
            irregular: Words that no stemmer brings together, the forms of one word each: `met`, `meet`.
        """
        self.languages = tuple(dict.fromkeys(languages)) or ("en",)
        self._algorithms = {each: _STEMMERS[each] for each in self.languages if each in _STEMMERS}
        self._stopwords = frozenset(map(tokens.plain, stopwords))
        stems = (self._stems(list(self._stopwords), each) for each in self.languages)
        self._common = self._stopwords.union(*stems)
        self._recency = [
            Newness(
                sorted(map(_said, each.cues), key=len, reverse=True),
                frozenset(map(tokens.plain, each.beside)),
            )
            for each in recency
        ]
        self._others = self._forms_of(irregular)

    def words(self, text: str, language: str | None = None) -> str:
        """Return the words of a text in their order, as they are stored and compared.

        Each word has a space before it and one behind it (`" a  b "`), so that counting `" a "`
        counts the word. They hold letters, digits, their marks and `_` alone.
        """
        stems = self._stems(tokens.words(tokens.folded(text)), language)
        return f" {tokens.bare('  '.join(stems))} " if stems else ""

    def asked(self, query: str, *, may_slip: bool = True) -> Asked:
        """Take a query apart.

        Args:
            query: As it was asked.
            may_slip: Whether other words may be looked for in place of words that nothing holds.
        """
        text = query[:MAX_QUERY]
        words = list(dict.fromkeys(tokens.words(tokens.folded(text), of_query=True)))
        bare = [tokens.bare(word) for word in words]
        stems = [self._stems(words, language) for language in self.languages]
        quoted, ids = (tuple(dict.fromkeys(find(text))) for find in (tokens.quoted, tokens.ids))
        in_quotes = _words_of(quoted)
        as_they_stand = in_quotes | _words_of(ids)
        gone, beside = self._newness(text)
        rest = [i for i, word in enumerate(bare) if word not in gone - in_quotes]
        telling = [i for i in rest if bare[i] not in self._stopwords]
        if gone and all(bare[i] in beside for i in telling):
            telling = rest = []
        terms: dict[str, Term] = {}
        for i in telling or rest:
            known = () if bare[i] in as_they_stand else self._others.get(bare[i], ())
            forms = dict.fromkeys((*(tokens.bare(each[i]) for each in stems), bare[i], *known))
            is_free = may_slip and _may_slip(bare[i]) and bare[i] not in as_they_stand
            term = Term(bare[i], tuple(forms), may_slip=is_free)
            terms.setdefault(next(iter(forms)), term)  # each stem once
        return Asked(
            query,
            tuple(terms.values())[:MAX_TERMS],
            quoted,
            ids,
            is_quotation=bool(terms) and all(each.word in in_quotes for each in terms.values()),
            is_recent=bool(gone),
            common=self._common,
        )

    def _forms_of(self, irregular: Iterable[Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """Return what the index may hold for the other forms of a word; stop words are no such forms."""
        found: dict[str, dict[str, None]] = {}
        for words in irregular:
            plain = [each for word in words if (each := tokens.plain(word)) not in self._stopwords]
            small = [tokens.folded(each) for each in words]
            stems = (self._stems(small, each) for each in self.languages)
            ends = [tokens.bare(stem) for some in stems for stem in some]
            held = [each for each in (*plain, *ends) if each not in self._common]
            for each in plain:
                found.setdefault(each, {}).update(dict.fromkeys(held))
        return {word: tuple(forms) for word, forms in found.items()}

    def _newness(self, text: str) -> tuple[set[str], set[str]]:
        """Return the words that only ask for what is new, and those that tell nothing beside them."""
        said = rest = _said(text)
        beside: set[str] = set()
        for newness in self._recency:
            before = rest
            for cue in newness.cues:
                rest = rest.replace(cue, " ")
            if rest != before:
                beside.update(newness.beside)
        return set(said.split()) - set(rest.split()), beside

    def spans(
        self, text: str, asked: Asked, language: str | None = None
    ) -> list[tuple[int, int, int]]:
        """Return where words of a query stand in a text: start, end, and which term (its index).

        In the order of the text; pairs of characters of a script without spaces overlap.
        """
        held = {form: i for i, term in enumerate(asked.terms) for form in term.forms}
        begins = {form[0] for form in held}
        known: dict[str, int | None] = {}
        found: list[tuple[int, int, int]] = []
        for start, end in tokens.shown(text):
            word = text[start:end]
            if word[0].isascii() and word[0].lower() not in begins:
                continue
            if word not in known:
                stems = self.words(word, language).split()
                known[word] = next((held[stem] for stem in stems if stem in held), None)
            which = known[word]
            if which is not None:
                found.append((start, end, which))
        return found

    def _stems(self, words: Sequence[str], language: str | None) -> Sequence[str]:
        code = (language or self.languages[0]).partition("-")[0].lower()
        algorithm = self._algorithms.get(code)
        if algorithm is None:
            return words
        # A stemmer has one buffer, and a memory of the words that it met, which nobody could forget:
        # so each call makes its own, with none. It takes a microsecond.
        stems: list[str] = Stemmer.Stemmer(algorithm, 0).stemWords(words)
        return [stem or word for stem, word in zip(stems, words, strict=True)]


def _said(text: str) -> str:
    """Return the words of a text as they are said, each between spaces."""
    return f" {' '.join(tokens.word_pattern().findall(tokens.plain(text)))} "


def _words_of(phrases: Iterable[str]) -> set[str]:
    words = (tokens.words(tokens.folded(each), of_query=True) for each in phrases)
    return {tokens.bare(word) for some in words for word in some}


def _may_slip(word: str) -> bool:
    """Words with a digit have no slips: another number is another thing."""
    return len(word) >= MIN_SLIP and word.isalpha()


def slips_in(word: str) -> int:
    """Return how many slips a word may have."""
    return 1 if len(word) < LONG_SLIP else 2


def similar(word: str, vocabulary: Collection[str], *, letters: int = 0) -> list[str]:
    """Return the words that one may have meant by a word that nothing holds, likeliest first.

    A slip is a letter too many, too few, another one, or two that changed places. In a short word
    another letter makes another word: there, only letters that changed places or are doubled count.

    Args:
        word: One form of a term.
        vocabulary: Words that the index holds and the audience may read, the likelier ones first.
        letters: How long the word was as it was asked, where the form is a shorter stem.
    """
    if not _may_slip(word):
        return []
    is_short = max(len(word), letters) < FREE_SLIP
    most = slips_in(word)
    near = process.extract(word, vocabulary, scorer=OSA.distance, score_cutoff=most, limit=50)
    alike = [
        (slips, each[:1] != word[:1], place, each)
        for place, (each, slips, _) in enumerate(near)
        if each.isalpha()
        and each != word
        and (each[:1] == word[:1] or each[:2] == word[1::-1])
        and not (is_short and set(each) != set(word))
    ]
    fewest = min((each[0] for each in alike), default=0)
    return [each[-1] for each in sorted(alike) if each[0] == fewest][:MAX_SIMILAR]
