"""What the files in `files/` are read into."""

from pathlib import Path

import pytest

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.pattern import ANY_MANY, Pattern, exactly, starting
from sigma_amsi.pipeline.conditions import read_pattern
from sigma_amsi.pipeline.log_sources import facts_about
from sigma_amsi.pipeline.model import LogSource, Mapped, Missing, Pipeline, Unsayable
from sigma_amsi.pipeline.nodes import ListNode, TextNode, read_nodes
from sigma_amsi.pipeline.read import load_pipeline
from sigma_amsi.pipeline.schema import EMPTY_IS_ABSENT, ColumnType
from sigma_amsi.predicate.tree import And, Matches, Not, Null, Or, Test
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Text, Values, When, XmlText

FILES = Path(__file__).parent / "files"
OLD_OR_NEW = First((Column("OldShip"), Column("Ship")))


@pytest.fixture(scope="module")
def harbour() -> Pipeline:
    return load_pipeline(str(FILES / "harbour.yml"))


def attic(**options: object) -> Pipeline:
    return load_pipeline(str(FILES / "attic.yml"), **options)  # type: ignore[arg-type]


def source(pipeline: Pipeline, key: str) -> LogSource:
    [found] = pipeline.log_sources[key]
    return found


def equals(column: str, text: str, *, cased: bool = False) -> Test:
    return Test(Column(column), Matches(exactly(text), cased))


def test_scalars_are_texts_and_remember_their_line() -> None:
    nodes = read_nodes("a: 0x10\nb: true\nc: [1e3, '~', ~, null, '', ]\nd:\n", Path("x.yml"))
    assert nodes.entries["a"] == TextNode("0x10", 1, Path("x.yml"))
    assert nodes.entries["b"] == TextNode("true", 2, Path("x.yml"))
    items = nodes.entries["c"]
    assert isinstance(items, ListNode)
    assert [item.text for item in items.items if isinstance(item, TextNode)] == ["1e3", "~", None, None, ""]
    assert nodes.entries["d"] == TextNode(None, 4, Path("x.yml"))
    assert nodes.lines == {"a": 1, "b": 2, "c": 3, "d": 4}


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("", exactly("")),
        ("plain", exactly("plain")),
        ("a*b?c", Pattern.of("a", ANY_MANY, "b", ANY_CHARACTER, "c")),
        ("**", Pattern.of(ANY_MANY)),
        (r"\*", exactly("*")),
        (r"\?", exactly("?")),
        (r"\\*", Pattern.of("\\", ANY_MANY)),
        (r"\\\*", exactly("\\*")),
        (r"C:\dir\x", exactly("C:\\dir\\x")),
        (r"\\\\server\x", exactly("\\\\server\\x")),
        ("end\\", exactly("end\\")),
        ("two\nlines*", Pattern.of("two\nlines", ANY_MANY)),
    ],
)
def test_patterns_are_escaped_as_in_sigma(written: str, pattern: Pattern) -> None:
    assert read_pattern(written) == pattern


def test_columns_take_what_their_type_implies(harbour: Pipeline) -> None:
    berths = harbour.schema.tables["Berths"]
    handbook = "Harbour master's handbook"
    assert berths.column("Quay") == ColumnType("Quay", native="string", absent_for=("",), source=handbook)
    assert berths.column("Tonnage") == ColumnType("Tonnage", "integer", "long", source=handbook)
    assert berths.column("Flag") == ColumnType("Flag", native="string", many=True, absent_for=("", "-"), source=handbook)
    operation = berths.column("Operation")
    assert operation is not None
    assert (operation.values, operation.source) == (("Moored", "Departed", "Renamed"), "Handbook, chapter 2")
    bag = berths.column("Tags.Colour")
    assert bag is not None
    assert bag.name == "Tags.*"


def test_terms_of_every_kind(harbour: Pipeline) -> None:
    mooring, radio = source(harbour, "sea/mooring").fields, source(harbour, "sea//radio").fields
    assert mooring["Vessel"] == Mapped(OLD_OR_NEW)
    assert mooring["Where"] == Mapped(Join((Column("Quay"), Text("\\"), OLD_OR_NEW)), ("quays-are-numbers",))
    assert mooring["Kind"] == Mapped(Values(Column("Operation"), (("Moored", "arrival"), ("Departed", "departure"))))
    assert source(harbour, "sea/rename").fields["Kind"] == Mapped(
        When(Test(Column("OldShip"), Matches(Pattern.of("S*S ", ANY_MANY))), Text("steamer"), Absent())
    )
    assert radio["Words"] == Mapped(XmlText(Column("Text")))
    assert radio["Band"] == Mapped(NumberText(Column("Channel"), "hex"))
    assert radio["Call"] == Mapped(Prefix(Column("Ship"), (("SS ", ""), ("Motor Ship ", "MS "))))


def test_fields_with_conditions(harbour: Pipeline) -> None:
    fields = source(harbour, "sea/mooring").fields
    assert fields["Weight"] == Mapped(Column("Tonnage"), ("tonnage-is-gross",))
    assert fields["Quay"] == Mapped(Column("Quay"), approximate="the quay that was asked for")
    assert fields["Crew"] == Missing("the office does not count heads")
    assert fields["Note"] == Mapped(Column("Tags.Note"), cannot=(Unsayable(starting("radio"), "radio messages are in another table"),))
    assert fields["Remark"] == Mapped(Column("Tags.Note"), cannot=(Unsayable(None, "the master's notes are in the same column"),))


def test_of_several_the_first_whose_facts_are_declared() -> None:
    kept = attic(assume=["labels-are-kept-whole"])
    assert source(kept, "attic/finds").fields["Label"] == Mapped(Column("box.label.whole"), ("labels-are-kept-whole",))
    assert source(attic(), "attic/finds").fields["Label"] == Mapped(
        Column("box.label"), cannot=(Unsayable(Pattern.of(ANY_MANY, " ", ANY_MANY), "labels are cut into words"),)
    )
    assert source(attic(), "attic/finds").fields["Colour"] == Mapped(
        Column("box.extra.colour"), ("all-is-folded",)
    )  # the last, to be refused


def test_columns_that_a_fact_adds() -> None:
    assert attic().schema.tables[""].column("box.label.whole") is None
    table = attic(assume=["labels-are-kept-whole", "all-is-folded"]).schema.tables[""]
    assert table.column("box.label.whole") == ColumnType(
        "box.label.whole", native="keyword", compares="folded", many=True, absent_for=("", "-"), folded_by="all-is-folded"
    )
    assert [fact.columns for fact in table.facts] == [("box.label.whole",)]


def test_the_characters_of_words() -> None:
    label = attic().schema.tables[""].column("box.label")
    assert label is not None
    assert label.words == Chars.of("abcdefghijklmnopqrstuvwxyz_")


def test_what_ingestion_removes_from_the_events_of_a_sensor() -> None:
    assert source(attic(), "attic/finds").drops == ("-", "nameless")
    assert source(attic(), "attic/boxes").drops == ()


def test_own_fields_win_over_groups_and_earlier_groups_over_later(harbour: Pipeline) -> None:
    fields = source(harbour, "sea/mooring").fields
    assert fields["Vessel"] == Mapped(OLD_OR_NEW)  # of `common`, not of `nautical`
    assert set(fields) == {"Vessel", "Weight", "Crew", "Where", "Kind", "Land", "Cargo", "Quay", "Note", "Remark", "Pilot"}


def test_conditions(harbour: Pipeline) -> None:
    assert source(harbour, "sea/mooring").where == Or((equals("Operation", "Moored"), equals("Operation", "Departed")))
    assert source(harbour, "sea/rename").where == And(
        (
            equals("Operation", "Renamed"),
            Test(Column("Ship"), Matches(Pattern.of(ANY_MANY))),
            Not(Test(Column("OldShip"), Null())),
        )
    )


def test_a_test_is_cased_exactly_where_the_column_compares_exactly() -> None:
    where = source(attic(), "attic/boxes").where
    numbers = Or((equals("box.number", "1", cased=True), equals("box.number", "2", cased=True)))
    assert where == And((Test(Column("box.name"), Matches(starting("Box"), cased=True)), numbers))
    folded = source(attic(assume=["names-are-folded"]), "attic/boxes").where
    assert folded == And((Test(Column("box.name"), Matches(starting("Box"), cased=False)), numbers))


def test_the_pipelines_sensors_are_those_that_count(harbour: Pipeline) -> None:
    assert source(harbour, "sea/traffic").sensor == "log"
    assert source(harbour, "sea/mooring").sensor == ""
    assert source(harbour, "sea/storm").sensor == ""  # an entry without a sensor always counts
    assert harbour.unsupported == {"sea/salvage": "wrecks are another office's business"}


def test_the_sites_sensors_replace_them() -> None:
    both = load_pipeline(str(FILES / "harbour.yml"), site=FILES / "harbour_site.yml")
    assert [(found.sensor, found.table) for found in both.log_sources["sea/traffic"]] == [("log", "Berths"), ("radio", "Radio")]


def test_without_its_sensor_a_log_source_is_unsupported(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yml").write_text(
        f"pipeline: one\ntitle: One\nschema: {FILES / 'harbour_schema.yml'}\nlog_sources:\n"
        "  sea/a: {table: Berths, sensor: log}\n  sea/b: {table: Radio, sensor: radio}\n"
    )
    (tmp_path / "site.yml").write_text("site: one\nsensors: radio\n")
    assert set(load_pipeline(str(tmp_path / "pipeline.yml")).log_sources) == {"sea/a", "sea/b"}
    pipeline = load_pipeline(str(tmp_path / "pipeline.yml"), site=tmp_path / "site.yml")
    assert set(pipeline.log_sources) == {"sea/b"}
    assert "log" in pipeline.unsupported["sea/a"]


def test_a_pipeline_is_laid_over_what_it_extends_key_by_key() -> None:
    north = load_pipeline(str(FILES / "harbour_north.yml"))
    mooring = source(north, "sea/mooring")
    assert (north.name, north.schema.name) == ("harbour_north", "harbour")
    assert mooring.where == equals("Operation", "Moored")
    assert mooring.table == "Berths"
    assert mooring.fields["Vessel"] == Mapped(Column("Ship"))  # the base's group, by the name that has another meaning now
    assert mooring.fields["Where"] == Mapped(Join((Column("Quay"), Text("\\"), Column("Ship"))), ("quays-are-numbers",))
    assert mooring.fields["Note"] == Missing("nobody writes notes in the north")
    assert mooring.fields["Crew"] == Mapped(Column("Tags.Crew"))
    assert mooring.fields["Weight"] == Mapped(Column("Tonnage"), ("tonnage-is-gross",))
    assert north.unsupported == {"sea/traffic": "nothing moves"}
    assert "sea/traffic" not in north.log_sources
    assert "sea/salvage" in north.log_sources


def test_a_site_file_is_applied() -> None:
    pipeline = attic(site=FILES / "attic_site.yml")
    boxes = source(pipeline, "attic/boxes")
    index = Or((equals("index", "main", cased=True), equals("index", "old", cased=True)))
    crates = Test(Column("box.name"), Matches(starting("Crate"), cased=False))
    assert pipeline.name == "crates"
    assert boxes.where == And((index, crates, equals("box.extra.house", "12", cased=True)))
    assert boxes.fields["Owner"] == Mapped(Column("owner.name"))
    assert boxes.fields["Label"] == Mapped(First((Column("box.label"), Column("box.name"))))
    assert pipeline.schema.macros == {"boxes": "index=main box.name=*"}
    age = pipeline.schema.tables[""].column("owner.age")
    assert age is not None
    assert (age.kind, age.source) == ("integer", "our own")


def test_a_fact_folds_the_columns_that_it_names() -> None:
    columns = attic(assume=["names-are-folded"]).schema.tables[""]
    found = {name: columns.column(name) for name in ("box.name", "box.extra.note", "box.extra.shelf", "index", "box.label")}
    assert {name: (column.compares, column.folded_by) for name, column in found.items() if column} == {
        "box.name": ("folded", "names-are-folded"),
        "box.extra.note": ("folded", "names-are-folded"),
        "box.extra.shelf": ("exact", ""),
        "index": ("exact", ""),
        "box.label": ("folded", ""),
    }


def test_a_fact_can_fold_every_column() -> None:
    columns = attic(assume=["all-is-folded"]).schema.tables[""]
    assert {column.compares for column in columns.columns.values()} == {"folded"}
    shelf, label = columns.column("box.extra.shelf"), columns.column("box.label")
    assert shelf is not None
    assert label is not None
    assert (shelf.folded_by, label.folded_by) == ("all-is-folded", "")


def test_site_facts_are_in_force_only_where_declared(harbour: Pipeline) -> None:
    named = {"ships-are-named", "calls-come-from-ships", "tonnage-is-gross", "departures-keep-the-old-name", EMPTY_IS_ABSENT.name}
    assert set(harbour.facts) == named
    assert "quays-are-numbers" in {fact.name for fact in harbour.schema.facts}
    assert set(load_pipeline(str(FILES / "harbour.yml"), assume=["quays-are-numbers"]).facts) == named | {"quays-are-numbers"}


def test_facts_about_a_table(harbour: Pipeline) -> None:
    numbered = load_pipeline(str(FILES / "harbour.yml"), assume=["quays-are-numbers"])
    own = "departures-keep-the-old-name"
    assert [fact.name for fact in facts_about(harbour, "Berths")] == ["ships-are-named", own]
    assert [fact.name for fact in facts_about(numbered, "Berths")] == ["ships-are-named", "quays-are-numbers", own]
    assert [fact.name for fact in facts_about(numbered, "Radio")] == ["ships-are-named", "calls-come-from-ships"]


def test_the_sites_own_facts() -> None:
    pipeline = attic(site=FILES / "attic_site.yml")
    fact = pipeline.facts["owners-are-adults"]
    assert (fact.basis, fact.says, fact.source) == ("site", "no child has a box", str(FILES / "attic_site.yml"))
    assert fact.holds == Not(Or((equals("owner.age", "1", cased=True), equals("owner.age", "2", cased=True))))
