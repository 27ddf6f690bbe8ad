"""What a page requests: columns of a table, filters and the visible range."""

from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from squash_jenkins.errors import DocumentError

MOST_FILTERS = 4
BUILDS = (10, 100, 1000)
"""How many newest builds a table may be pooled from."""
_WIDEST, _HIGHEST = 1200, 800
"""Most pixels drawn; larger screens stretch the picture."""
Scale = Literal["linear", "log"]
_Name = Annotated[str, Field(max_length=500)]
_Number = Annotated[float, Field(allow_inf_nan=False, ge=-3.4e38, le=3.4e38)]


class Filter(BaseModel):
    """Selects rows whose value is in a closed range, or is one of some words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: _Name
    low: _Number | None = None
    high: _Number | None = None
    words: tuple[_Name, ...] = Field(default=(), max_length=200)

    @property
    def keeps_all(self) -> bool:
        """Return whether it selects all rows."""
        return self.low is None and self.high is None and not self.words


class Choice(BaseModel):
    """What a page requests; nothing in it is trusted.

    `view` is the visible range (left, right, bottom, top, in the units of the columns), None for
    everything; `size` is the width and height of the picture in pixels. `colour` is empty to
    colour by the number of points. Only values above zero have a place on a logarithmic axis.
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
    xscale: Scale = "linear"
    yscale: Scale = "linear"
    filters: tuple[Filter, ...] = Field(default=(), max_length=MOST_FILTERS)
    view: tuple[_Number, _Number, _Number, _Number] | None = None
    size: tuple[int, int] = (800, 500)

    @model_validator(mode="after")
    def _view_has_a_size(self) -> Self:
        if self.view is not None:
            left, right, bottom, top = self.view
            if not (left < right and bottom < top):
                raise ValueError("view must be left, right, bottom, top, and not be empty")
            if (self.xscale == "log" and left <= 0) or (self.yscale == "log" and bottom <= 0):
                raise ValueError("a view on a logarithmic axis must be above zero")
        return self

    @property
    def names(self) -> list[str]:
        """Return the columns needed, each once."""
        used = [self.x, self.y, self.colour, *(each.column for each in self.active)]
        return list(dict.fromkeys(name for name in used if name))

    @property
    def active(self) -> list[Filter]:
        """Return the filters that exclude something."""
        return [each for each in self.filters if not each.keeps_all]

    @property
    def pixels(self) -> tuple[int, int]:
        """Return the width and height to draw: bounded, in the requested proportion."""
        width, height = (max(16, side) for side in self.size)
        shrink = min(1.0, _WIDEST / width, _HIGHEST / height)
        return max(16, round(width * shrink)), max(16, round(height * shrink))


class Spot(BaseModel):
    """A place in the picture of a choice, of which a page asks what is there.

    `reach_x` and `reach_y` are the distances searched, on logarithmic axes in powers of ten.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    choice: Choice
    x: _Number
    y: _Number
    reach_x: _Number
    reach_y: _Number


Asked = TypeVar("Asked", Choice, Spot)


def parse(kind: type[Asked], text: str) -> Asked:
    """Return what a page requests in JSON.

    Raises
    ------
    DocumentError
        When it is invalid; the text names the first error.

    """
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the request"
        raise DocumentError(f"The request is invalid: {where}: {first['msg']}.") from error
