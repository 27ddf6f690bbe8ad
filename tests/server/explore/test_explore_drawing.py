"""What is drawn of a table: every row that passes the filters, within bounds."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from anyio import CapacityLimiter
from pydantic import ValidationError

from squash_jenkins.errors import DocumentError, NotFound
from squash_jenkins.server.explore.choice import Choice, Filter, Spot, parse
from squash_jenkins.server.explore.colours import WordColours
from squash_jenkins.server.explore.columns import Columns
from squash_jenkins.server.explore.drawing import Drawing, Picture, Stop, Stopped
from squash_jenkins.server.explore.offers import Offers
from squash_jenkins.server.explore.redraws import Redraws
from squash_jenkins.store import Store, open_store
from tests import databases
from tests.server import own_loop
from tests.server.exploring import add, stars

ROWS = 400
OF = {"job": "ci_hsc", "dataset": "cfht", "filter": "r", "table": "stars"}


@pytest.fixture
def store(tmp_path: Path, samples: Any) -> Iterator[Store]:
    with open_store(databases.url_of(tmp_path), str(tmp_path / "blobs")) as opened:
        add(opened, samples, [1, 2, 3], ROWS)
        yield opened


Draw = Callable[..., Picture]


@pytest.fixture
def draw(store: Store) -> Draw:
    """Return a function that draws a choice."""
    offers, columns = Offers(store, ["main"]), Columns(store.blobs)

    def drawn(*, most: int = 10**8, stop: Stop = lambda: False, **about: Any) -> Picture:
        choice = Choice.model_validate({**OF, "x": "snr", "y": "dist", **about})
        palette = WordColours(("#ff0000", "#00ff00"))
        return Drawing(columns, palette, most).draw(offers.of(choice), choice, stop)

    return drawn


def values(name: str) -> Any:
    return np.concatenate([stars(number, ROWS)[name].values for number in (1, 2, 3)])


def test_every_row_is_drawn_and_counted(draw: Draw) -> None:
    picture = draw(size=(300, 200))
    assert picture.image.shape == (200, 300)
    assert (picture.rows, picture.selected, picture.shown) == (1200, 1200, 1197)  # 3 have no number
    left, right, bottom, top = picture.view
    assert left < 5.2 < 39.8 < right and bottom < 5.2 < 39.8 < top
    assert picture.image[0, 0] == 0  # nothing is there
    assert picture.legend.kind == "count"


def test_a_view_shows_its_part_alone(draw: Draw) -> None:
    picture = draw(view=(10, 20, 0, 100), size=(5000, 5000))
    snr = values("snr")
    assert picture.shown == int(((snr >= 10) & (snr <= 20)).sum())
    assert not picture.whole
    assert picture.image.shape == (800, 800)  # however many pixels are asked for


def test_filters_keep_ranges_and_words(draw: Draw) -> None:
    snr, band = values("snr"), values("band")
    picture = draw(filters=[{"column": "snr", "low": 20}, {"column": "band", "words": ["odd"]}])
    assert picture.selected == int(((snr >= 20) & (band == "odd")).sum()) > 0
    assert dict(picture.words["band"]) == {"bright": 600, "faint": 480, "odd": 120}
    nothing = draw(filters=[{"column": "build", "low": 99}])
    assert (nothing.selected, nothing.shown, nothing.view) == (0, 0, (0, 1, 0, 1))
    assert not nothing.image.any()


def test_logarithmic_axes_show_what_is_above_zero(draw: Draw) -> None:
    linear, log = draw(size=(300, 200)), draw(size=(300, 200), xscale="log", yscale="log")
    assert (log.selected, log.shown) == (linear.selected, linear.shown)
    left, right, bottom, top = log.view
    assert 0 < left < 5.2 < 39.8 < right and 0 < bottom < 5.2 < 39.8 < top
    rows, columns = np.nonzero(log.image)
    # dist is 200 / snr: a hyperbola is a straight line on two logarithmic axes.
    assert np.corrcoef(columns, rows)[0, 1] < -0.999
    part = draw(view=(10, 20, 1, 100), xscale="log", yscale="log")
    snr = values("snr")
    assert part.shown == int(((snr >= 10) & (snr <= 20)).sum())
    nothing = draw(xscale="log", filters=[{"column": "build", "low": 99}])
    assert nothing.view == (1, 10, 0, 1)
    with pytest.raises(ValidationError, match="above zero"):
        Choice.model_validate(
            {**OF, "x": "snr", "y": "dist", "xscale": "log", "view": (0, 1, 0, 1)}
        )


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_rows_near_a_place_have_their_builds_and_values(store: Store, scale: str) -> None:
    offers = Offers(store, ["main"])
    choice = Choice.model_validate(
        {**OF, "x": "snr", "y": "dist", "colour": "band", "xscale": scale, "yscale": scale}
    )
    table = stars(2, ROWS)
    snr, dist = (float(np.float32(table[name].values[7])) for name in ("snr", "dist"))
    near = {"reach_x": 0.001, "reach_y": 0.001}
    offer, drawing = offers.of(choice), Drawing(Columns(store.blobs), WordColours(("#ff0000",)))
    rows, within = drawing.near(offer, Spot(choice=choice, x=snr, y=dist, **near))
    assert within >= len(rows) >= 1
    first = rows[0]
    assert (first.build, first.values["snr"], first.values["dist"]) == (2, snr, dist)
    assert first.values["band"] == table["band"].values[7]
    assert offer.pages[2] == "jobs/ci_hsc/2/index.html"
    filtered = choice.model_copy(update={"filters": (Filter(column="build", low=3),)})
    rows, _ = drawing.near(offer, Spot(choice=filtered, x=snr, y=dist, **near))
    assert all(row.build == 3 for row in rows)
    nowhere = drawing.near(offer, Spot(choice=choice, x=1e6, y=dist, **near))
    assert nowhere == ([], 0)


def test_colours_of_words_and_numbers(draw: Draw) -> None:
    words = draw(colour="band").legend.words
    assert [(word, points) for word, _, points in words] == [
        ("bright", 600), ("faint", 480), ("odd", 117),
    ]  # fmt: skip
    builds = draw(colour="build")
    assert (builds.legend.kind, builds.legend.low, builds.legend.high) == ("number", 1, 3)
    filled = builds.image[builds.image != 0]
    assert set((filled >> 24).tolist()) == {255}
    assert len(set(filled.tolist())) > 2


def test_more_rows_than_the_bound_leave_old_builds_out(draw: Draw) -> None:
    picture = draw(most=2 * ROWS)
    assert (picture.rows, picture.builds) == (800, 2)
    ((number, why),) = picture.left_out
    assert (number, "800 rows: choose fewer builds" in why) == (1, True)


def test_a_missing_table_is_reported(draw: Draw, store: Store) -> None:
    gone = next(iter(sorted(Path(store.blobs.location).rglob("*.parquet"))))
    gone.unlink()
    picture = draw()
    assert picture.builds == 2
    assert gone.stem in picture.left_out[0][1]


def test_a_picture_that_nobody_waits_for_is_given_up(draw: Draw) -> None:
    with pytest.raises(Stopped):
        draw(stop=lambda: True)


def test_memory_of_columns_is_bounded(store: Store) -> None:
    columns, offers = Columns(store.blobs, most=4 * ROWS * 4), Offers(store, ["main"])
    choice = Choice.model_validate({**OF, "x": "snr", "y": "dist"})
    drawing = Drawing(columns, WordColours(("#ff0000",)))
    assert drawing.draw(offers.of(choice), choice).shown == 1197
    assert columns.nbytes == 4 * ROWS * 4


def test_what_is_not_there_is_named(draw: Draw) -> None:
    for about, said in (
        ({"job": "none"}, "'none'"),
        ({"x": "colour"}, "'colour'; it has build, snr, dist, band"),
        ({"y": "band"}, "axes need numbers"),
    ):
        with pytest.raises(NotFound, match=said):
            draw(**about)


def test_what_a_page_asks_for_is_not_trusted() -> None:
    right = {**OF, "x": "snr", "y": "dist"}
    assert parse(Choice, json.dumps(right)).pixels == (800, 500)
    for wrong, said in (
        ({"builds": 10**9}, "builds"),
        ({"view": [1, 1, 0, 1]}, "view"),
        ({"view": [0, 1e308, 0, 1]}, "view.1"),
        ({"x": "a" * 600}, "x"),
        ({"path": "/etc/passwd"}, "path"),
        ({"filters": [{"column": "snr"}] * 5}, "filters"),
    ):
        with pytest.raises(DocumentError, match=said):
            parse(Choice, json.dumps({**right, **wrong}))
    for text in ("", "[]", "{", "[" * 10_000):
        with pytest.raises(DocumentError):
            parse(Choice, text)


def test_the_newest_request_wins() -> None:
    began, told = threading.Event(), []

    def draw(number: int, stop: Stop) -> int:
        if number:
            return number
        began.set()
        while not stop():
            threading.Event().wait(0.01)
        raise Stopped

    async def ask() -> None:
        over, loop = asyncio.Event(), asyncio.get_running_loop()

        def done(asked: int, drawn: int | Exception) -> None:
            told.append((asked, drawn))
            over.set()

        redraws: Redraws[int, int] = Redraws(loop, draw, done, CapacityLimiter(1))
        redraws.ask(0)
        await asyncio.to_thread(began.wait, 30)
        redraws.ask(1)
        redraws.ask(2)
        await asyncio.wait_for(over.wait(), 30)
        redraws.end()

    own_loop.run(ask)
    assert told == [(2, 2)]
