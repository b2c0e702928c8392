import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigma_amsi.backends.splunk.conf import conf_file, exact, prose

from sigma_amsi.errors import Refused
from tests.package.conf_reader import read_conf, read_conf_like_python
from tests.package.siem import HOSTILE_TEXTS


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a\n| b", "a\\\n| b"),
        ("a\n    | b", "a\\\n    | b"),
        ("a\n\nb", "a\\\n\\\nb"),
        ("a\n# no comment", "a\\\n# no comment"),
        ("a\n[search b]", "a\\\n[search b]"),
        ("a\nkey = value", "a\\\nkey = value"),
        ("a # b ; c", "a # b ; c"),
        ('"a b"', '"a b"'),
        ('Image="*\\\\whoami.exe"', 'Image="*\\\\whoami.exe"'),
        ("= a", "= a"),
        ("[a]", "[a]"),
    ],
)
def test_a_value_is_written_so_that_it_reads_back(value: str, written: str) -> None:
    content = conf_file([("name", {"before": "1", "search": value, "after": "2"})])
    assert content.decode().partition("\n\n")[2] == f"[name]\nbefore = 1\nsearch = {written}\nafter = 2\n"
    assert read_conf(content) == {"name": {"before": "1", "search": value, "after": "2"}}


@pytest.mark.parametrize(
    "value", ["a\\", "a\\\\", "a\\\n| b", "a \\ \n| b", "a\r\nb", "  a  ", "a\x00b", "a\x85[b]", "a\u2028[b]", "a\x1cb", "\ud800", "a\n\\"]
)
def test_what_no_line_can_hold_is_refused(value: str) -> None:
    with pytest.raises(Refused) as refused:
        exact(value)
    assert refused.value.problem.code == "unwritable-text"


_TEXTS = st.text() | st.text(alphabet='\\\n\r [a=]#\x85\u2028\x00\t"$')


@given(value=_TEXTS)
def test_a_value_is_exact_or_refused(value: str) -> None:
    try:
        content = conf_file([("one", {"search": exact(value), "after": "1"}), ("two", {"a": "b"})])
    except Refused:
        return
    expected = {"one": {"search": value, "after": "1"}, "two": {"a": "b"}}
    assert read_conf(content) == read_conf_like_python(content) == expected


@given(text=_TEXTS)
def test_prose_can_always_be_written(text: str) -> None:
    shown = prose(text)
    assert exact(shown) == shown
    content = conf_file([("one", {"description": shown, "after": "1"})])
    assert read_conf(content) == read_conf_like_python(content) == {"one": {"description": shown, "after": "1"}}


def test_prose_loses_nothing_that_can_be_seen() -> None:
    assert prose("bell \x07, line \u2028 end\\\nnext \r\n [x]") == "bell <U+0007>, line <U+2028> end\\.\nnext\n [x]"


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_every_letter_of_a_hostile_text_is_there(text: str) -> None:
    assert [letter for letter in prose(text) if letter.isalnum()][:3] == [letter for letter in text if letter.isalnum()][:3]
    assert {letter for letter in text if letter.isalnum()} <= set(prose(text))


def test_a_reader_that_guesses_the_encoding_from_the_start_sees_ascii() -> None:
    assert conf_file([("日本語" * 20, {})])[:32].isascii()
