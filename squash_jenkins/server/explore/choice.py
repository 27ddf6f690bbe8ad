"""Say what somebody wants to see: columns of a table, filters, and the part that is looked at."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from squash_jenkins.errors import DocumentError

MOST_FILTERS = 4
BUILDS = (10, 100, 1000)
"""Of so many newest builds tables may be pooled."""
_WIDEST, _HIGHEST = 1200, 800
"""Pixels that are drawn at most; on larger screens they are stretched."""
_Name = Annotated[str, Field(max_length=500)]
_Number = Annotated[float, Field(allow_inf_nan=False, ge=-3.4e38, le=3.4e38)]


class Filter(BaseModel):
    """Keep rows whose value lies in a range, both ends in it, or is one of some words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: _Name
    low: _Number | None = None
    high: _Number | None = None
    words: tuple[_Name, ...] = Field(default=(), max_length=200)

    @property
    def keeps_all(self) -> bool:
        """Tell whether nothing has been chosen yet."""
        return self.low is None and self.high is None and not self.words


class Choice(BaseModel):
    """Hold what a page asks for; nothing in it is trusted.

    `view` is the part that is looked at (left, right, bottom, top, in the units of the columns),
    None for all of it; `size` are the pixels of the picture, width and height. `colour` is empty
    where the number of points tells the colour.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    job: _Name
    dataset: _Name = ""
    filter: _Name = ""
    table: _Name
    builds: Literal[10, 100, 1000] = 100
    x: _Name
    y: _Name
    colour: _Name = ""
    filters: tuple[Filter, ...] = Field(default=(), max_length=MOST_FILTERS)
    view: tuple[_Number, _Number, _Number, _Number] | None = None
    size: tuple[int, int] = (800, 500)

    @model_validator(mode="after")
    def _view_has_a_size(self) -> Self:
        if self.view is not None:
            left, right, bottom, top = self.view
            if not (left < right and bottom < top):
                raise ValueError("view must be left, right, bottom, top, and not be empty")
        return self

    @property
    def names(self) -> list[str]:
        """Return the columns that are needed, each once."""
        used = [self.x, self.y, self.colour, *(each.column for each in self.active)]
        return list(dict.fromkeys(name for name in used if name))

    @property
    def active(self) -> list[Filter]:
        """Return the filters that leave something out."""
        return [each for each in self.filters if not each.keeps_all]

    @property
    def pixels(self) -> tuple[int, int]:
        """Return width and height of what is drawn: bounded, of the shape that was asked for."""
        width, height = (max(16, side) for side in self.size)
        shrink = min(1.0, _WIDEST / width, _HIGHEST / height)
        return max(16, round(width * shrink)), max(16, round(height * shrink))


def parse_choice(text: str) -> Choice:
    """Return what a page asks for in JSON.

    Raises
    ------
    DocumentError
        When it cannot be asked for; the text names the first fault.

    """
    try:
        return Choice.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise DocumentError(f"What is asked for is wrong: {where}: {first['msg']}.") from error
