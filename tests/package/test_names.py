from hypothesis import given
from hypothesis import strategies as st

from sigma_amsi.package.format import Names
from sigma_amsi.package.names import name_detections

_SPLUNK = Names(longest=99, unsafe='[]/\\"', folded=True, reserved=("default",))
_A, _B, _C = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "abc")
_LIKE_A = _A[:-1] + "1"


def test_a_title_that_is_legal_stays_as_it_is() -> None:
    assert name_detections({_A: "Removal Of AMSI Provider Registry Keys"}, _SPLUNK) == {_A: "Removal Of AMSI Provider Registry Keys"}


def test_what_a_name_may_not_have_is_replaced() -> None:
    assert name_detections({_A: ' [Win]  a/b\\c\n"d"\u202e\x07e '}, _SPLUNK) == {_A: "-Win- a-b-c -d- e"}


def test_titles_that_come_out_equal_end_in_their_ids_all_alike() -> None:
    named = name_detections({_A: "a/b", _B: "A\\B", _C: "other"}, _SPLUNK)
    assert named == {_A: "a-b (aaaaaaaa)", _B: "A-B (bbbbbbbb)", _C: "other"}


def test_a_long_title_is_cut_and_ends_in_its_id() -> None:
    name = name_detections({_A: "word " * 2000}, _SPLUNK)[_A]
    assert len(name) <= 99
    assert name.startswith("word word")
    assert name.endswith("word wor (aaaaaaaa)")


def test_nothing_to_be_seen_is_called_by_its_id() -> None:
    assert name_detections({_A: "\u200b \x00"}, _SPLUNK) == {_A: _A}


def test_reserved_names_are_not_taken() -> None:
    assert name_detections({_A: "Default"}, _SPLUNK) == {_A: "Default (aaaaaaaa)"}


_TITLES = st.text(max_size=120) | st.sampled_from(["a", "A", "a (aaaaaaaa)", f"a ({_A})", "default", ""])


@given(titles=st.dictionaries(st.sampled_from([_A, _B, _C, _LIKE_A]), _TITLES), longest=st.integers(50, 100))
def test_names_are_legal_unique_and_independent_of_the_order(titles: dict[str, str], longest: int) -> None:
    names = Names(longest=longest, unsafe='[]/\\"', folded=True, reserved=("default",))
    named = name_detections(titles, names)
    assert named == name_detections(dict(reversed(titles.items())), names)
    assert len({name.casefold() for name in named.values()} | {"default"}) == len(titles) + 1
    for name in named.values():
        assert 0 < len(name) <= longest
        assert name == name.strip()
        assert name.isprintable() or "\u3000" in name or not set(name) & set("\n\r\t")
        assert not set(name) & set('[]/\\"')
