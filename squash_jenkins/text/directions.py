"""Say which values of a metric are better, and how that is known."""

from squash_jenkins.models.metric_rules import (
    BY_OPERATOR,
    BY_RULE,
    BY_SPECIFICATION,
    GUESSED,
    HIGHER,
    LOWER,
    NEITHER,
    Direction,
)

_WORDS = {
    HIGHER: "higher is better",
    LOWER: "lower is better",
    NEITHER: "neither higher nor lower is better",
}
_SOURCES = {
    BY_RULE: "set here, in the settings or in the definition of the metric",
    BY_OPERATOR: "from the operator of the metric",
    BY_SPECIFICATION: "from its specifications",
    GUESSED: "guessed from its name and unit",
}


def direction_text(direction: Direction) -> str:
    """Return which values are better; a guess is named as one.

    >>> direction_text(Direction(LOWER, GUESSED)), direction_text(Direction())
    ('lower is better (guessed)', 'not known whether higher or lower is better')
    """
    if direction.better is None:
        return "not known whether higher or lower is better"
    guess = " (guessed)" if direction.source == GUESSED else ""
    return f"{_WORDS[direction.better]}{guess}"


def source_text(direction: Direction) -> str:
    """Return what the direction follows from; empty where it is not known.

    >>> source_text(Direction(LOWER, GUESSED))
    'guessed from its name and unit'
    """
    return _SOURCES.get(direction.source, "")
