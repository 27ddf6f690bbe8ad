"""Text of others becomes one safe line, by one set of characters for all who show it."""

import pytest

from squash_jenkins.jenkins.link import link_line
from squash_jenkins.notifications.news import plain
from squash_jenkins.text.one_line import node_name, one_line, printable

UNFIT = [
    *map(chr, (*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2060, 0x206A))),
    *"\u200b\u200e\u200f\ufeff\ufffe\uffff\ud800\udfff",
]


@pytest.mark.parametrize("mark", UNFIT, ids=ascii)
def test_what_moves_a_cursor_or_turns_the_text_is_a_blank_for_all(mark: str) -> None:
    assert printable(f"a{mark}b") == "a b"
    assert one_line(f" a{mark}\n{mark}b{mark}") == "a b"
    assert plain(f"a{mark}b", 9) == "a b"
    assert link_line("http://q.org/", f"{mark}a{mark}b", "plain").endswith("/ — a b")


def test_letters_and_emoji_stay_joined() -> None:
    text = "می\u200cخواهم 👩\u200d🚀"
    assert one_line(text) == printable(text) == text


def test_what_is_too_long_is_cut() -> None:
    assert one_line("abcd", 4) == "abcd"
    assert one_line("abcde", 4) == "abc…"
    assert one_line("a" * 500, None) == "a" * 500


def test_the_name_of_a_node_is_one_short_line_or_none() -> None:
    assert node_name(" agent\x1b[31m 7\n") == "agent [31m 7"
    assert len(node_name("x" * 1000) or "") == 100
    assert [node_name(each) for each in ("", " \u202e", None, 7, ["agent"])] == [None] * 5
