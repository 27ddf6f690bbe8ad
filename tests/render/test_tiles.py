import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from squash_jenkins.render.pooled import tiles
from squash_jenkins.render.pooled.scales import Scale, scale_of


def some(number: int = 5000) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(5)
    x = chance.normal(20, 2, number).astype(np.float32)
    return x, (10 ** (x / 10) * chance.lognormal(0, 0.3, number)).astype(np.float32)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def test_a_tile_on_demand_counts_what_the_pyramid_counts() -> None:
    points = tiles.place(*some())
    counted = tiles.levels(points, 3)
    assert [each.shape[0] for each in counted] == [256, 512, 1024, 2048]
    assert {int(each.sum()) for each in counted} == {len(points)}
    made = {(z, x, y): png for z, x, y, png in tiles.pyramid(counted)}
    assert len(made) == 1 + 4 + 16 + 64
    for z, x, y in [(0, 0, 0), (1, 0, 1), (2, 2, 1), (3, 4, 4), (3, 7, 0)]:
        alone = tiles.count(points, z, x, y)
        sides = slice(y * 256, (y + 1) * 256), slice(x * 256, (x + 1) * 256)
        assert np.array_equal(alone, counted[z][sides])
        assert tiles.png(alone, int(counted[z].max())) == made[z, x, y]


def test_the_top_row_of_a_tile_is_the_highest_value() -> None:
    unit = Scale(0, 1)
    points = tiles.place(np.array([0.1, 0.1]), np.array([0.9, 0.95]), (unit, unit))
    assert tiles.count(points, 1, 0, 0).sum() == 2
    assert tiles.count(points, 1, 0, 1).sum() == tiles.count(points, 1, 1, 0).sum() == 0
    (row, column), *_ = np.argwhere(tiles.count(points, 0, 0, 0))
    assert (row, column) == (int(0.05 * 256), int(0.1 * 256))


def test_points_on_the_edges_of_tiles_are_counted_once() -> None:
    edges = np.linspace(0, 1, 257)
    points = tiles.place(edges, edges[::-1], (Scale(0, 1), Scale(0, 1)))
    quarters = [tiles.count(points, 1, x, y).sum() for x in (0, 1) for y in (0, 1)]
    assert sum(quarters) == tiles.count(points, 0, 0, 0).sum() == 257


def test_colours_are_of_the_level_and_nothing_is_transparent() -> None:
    counts = np.zeros((256, 256), np.uint32)
    counts[0, :3] = 1, 30, 1000
    found = pixels(tiles.png(counts, 1000))
    assert found[1:].max() == 0
    pale, middle, most = found[0, :3]
    assert 0 < pale[3] < middle[3] == most[3] == 255
    assert most[0] > most[2]
    assert pale[2] > pale[0]
    lower = pixels(tiles.png(np.minimum(counts, 30), 1000))
    assert np.array_equal(lower[0, 1], middle)
    few = pixels(tiles.png(np.minimum(counts, 2), 2))
    assert few[0, 0, 3] > pale[3]
    assert not pixels(tiles.blank()).any()


def test_there_is_no_tile_beyond_the_last() -> None:
    points = tiles.place(*some(10))
    for z, x, y in [(0, 1, 0), (1, 0, 2), (-1, 0, 0), (13, 0, 0), (2, -1, 0)]:
        with pytest.raises(ValueError, match="no tile"):
            tiles.count(points, z, x, y)


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([], False),
        ([math.nan, math.inf], False),
        ([3.0], False),
        ([0.0, 0.0], False),
        ([-7.0] * 9, False),
        ([1e-12, 1e12] * 50, True),
        ([-1e12, 1e-12, 1e12], False),
        ([-3e38, 3e38], False),
        ([1e-45, 3e38], True),
    ],
)
def test_any_values_have_a_scale(values: list[float], log: bool) -> None:
    array = np.array(values, np.float32)
    scale = scale_of(array)
    assert scale.log is log
    assert math.isfinite(scale.low)
    assert math.isfinite(scale.high)
    assert scale.low < scale.high
    points = tiles.place(array, array)
    assert len(points) == np.isfinite(array).sum()
    assert len(points) + points.lost + points.outside == len(array)
    assert tiles.count(points, 0, 0, 0).sum() == len(points)


@settings(max_examples=40)
@given(st.lists(st.floats(width=32), max_size=40), st.booleans())
def test_no_point_is_lost_untold(values: list[float], log: bool) -> None:
    array = np.array(values, np.float32)
    scale = scale_of(array, log)
    points = tiles.place(array, array, (scale, scale))
    assert len(points) + points.lost + points.outside == len(array)
    assert len(points) == 0 or 0 < points.u.min() <= points.u.max() < 1


def test_a_far_outlier_stays_outside_and_is_told() -> None:
    x, y = some()
    x[7] = 1e9
    points = tiles.place(x, y)
    assert points.x.high < 100
    assert (len(points), points.outside, points.lost) == (len(x) - 1, 1, 0)


def test_runs_hold_every_count() -> None:
    counts = tiles.cells(tiles.levels(tiles.place(*some(300)), 2)[-1])
    assert counts.shape == (128, 128)
    assert counts.sum() == 300
    flat: list[int] = []
    for each in tiles.runs(counts):
        flat += [0] * -each if each < 0 else [each]
    assert flat == counts.ravel().tolist()
