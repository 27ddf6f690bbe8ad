import pytest

from squash_jenkins.jenkins.link import link_line, merge_description, other_text


@pytest.mark.parametrize("markup", ["plain", "html"])
@pytest.mark.parametrize("text", [None, "a", "a\nb", "a\r\nb\r\n", "a\n\n"])
def test_linking_does_not_change_what_others_wrote(text: str | None, markup: str) -> None:
    linked = merge_description(text, link_line("https://qa.example.org/1/", "fine", markup))
    assert other_text(linked) == other_text(text)
    assert other_text(text) == (text.rstrip("\r\n") if text else None)


def test_text_around_our_line_stays() -> None:
    line = link_line("https://qa.example.org/1/", "fine", "plain")
    assert other_text(f"above\n{line}\nbelow") == "above\nbelow"
