from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.render.svg.levels import HEIGHT, WIDTH, level_drawing, marked_spark

VALUES = st.lists(st.none() | st.floats(-1e9, 1e9), min_size=2, max_size=60)


def test_levels_stand_at_their_values() -> None:
    values = [1.0, 1.0, None, 3.0, 3.0]
    drawing = level_drawing(values, (3, 2, 3), (1.0, 3.0))
    assert drawing is not None
    at = {place: (x, y) for place, x, y in drawing["points"]}
    assert sorted(at) == [0, 1, 3, 4]
    assert at[0][1] == drawing["before"][2]
    assert at[4][1] == drawing["after"][2]
    assert at[0][1] > at[4][1], "larger values stand higher"
    left, width = drawing["band"]
    assert at[1][0] < left < at[3][0] < left + width < at[4][0]
    assert len(drawing["lines"]) == 2, "what is not measured leaves a gap"


def test_lines_of_levels_are_short() -> None:
    drawing = level_drawing([float(at > 50) for at in range(100)], (51, 51, 51), (0.0, 1.0))
    assert drawing is not None
    assert drawing["before"][1] - drawing["before"][0] < WIDTH / 8
    assert drawing["after"][1] - drawing["after"][0] < WIDTH / 8


@given(values=VALUES, data=st.data())
def test_everything_stays_inside(values: list[float | None], data: st.DataObject) -> None:
    places = st.integers(0, len(values) - 1)
    first, begin, last = sorted(data.draw(st.tuples(places, places, places)))
    levels = data.draw(st.tuples(st.none() | st.floats(-1e9, 1e9), st.none()))
    drawing = level_drawing(values, (begin, first, last), levels)
    if sum(value is not None for value in values) < 2:
        assert drawing is None
        return
    assert drawing is not None
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for _, x, y in drawing["points"])
    left, width = drawing["band"]
    assert left >= 0 and width > 0 and left + width <= WIDTH + 0.2


def test_a_spark_line_marks_where_it_began() -> None:
    line = marked_spark([1.0, 2.0, 3.0], 1)
    assert line is not None
    assert line["mark"] == 47.0
    assert marked_spark([1.0, None], 1) is None
    outside = marked_spark([1.0, 2.0], -1)
    assert outside is not None and "mark" not in outside
