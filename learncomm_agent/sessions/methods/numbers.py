"""Numbers as people write them in a chat or a contents page: figures, English and German words, Roman."""

import re

_MOST_FIGURES = 6
_WORDS = {
    word: n
    for n, words in enumerate(
        (
            *("one eins ein eine einer einen einem", "two zwei", "three drei", "four vier"),
            *(
                "five fünf fuenf",
                "six sechs",
                "seven sieben",
                "eight acht",
                "nine neun",
                "ten zehn",
            ),
            *("eleven elf", "twelve zwölf zwoelf"),
        ),
        start=1,
    )
    for word in words.split()
}
_ROMAN = re.compile(r"(?=.)(C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})", re.IGNORECASE)
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}

NUMBER = r"(?:\d{1,6}|" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")"
"""A pattern of what `number_of` reads, without Roman ones; to be matched without regard to case."""


def number_of(text: str, *, is_roman: bool = False) -> int | None:
    """Return a whole number written in at most six figures or as a word up to twelve; else None.

    Args:
        text: Nothing but the number.
        is_roman: Whether it may be Roman too, up to 399.
    """
    word = text.strip().casefold()
    if word.isdecimal() and len(word) <= _MOST_FIGURES:
        return int(word)
    if word in _WORDS or not is_roman or not _ROMAN.fullmatch(word):
        return _WORDS.get(word)
    values = [_VALUES[letter] for letter in word.upper()]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )
