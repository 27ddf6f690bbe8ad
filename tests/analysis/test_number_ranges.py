from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.analysis.number_ranges import as_text, left_out, ranges


@given(st.sets(st.integers(1, 60)))
def test_ranges_hold_the_same_numbers(numbers: set[int]) -> None:
    found = ranges(sorted(numbers))
    assert {n for first, last in found for n in range(first, last + 1)} == numbers
    assert all(right[0] > left[1] + 1 for left, right in pairwise(found))


def test_long_ranges_are_short_to_read() -> None:
    assert as_text(ranges([*range(12, 41), 55])) == "#12–40, #55"


@given(st.sets(st.integers(1, 60), min_size=1))
def test_what_is_left_out_are_the_other_numbers(numbers: set[int]) -> None:
    found = left_out(sorted(numbers))
    others = {n for first, last in found for n in range(first, last + 1)}
    assert others == set(range(min(numbers), max(numbers))) - numbers
    assert left_out([50, 1, 3]) == [(2, 2)]  # from one life of a job to the next
