"""A rulebook's files as one value: tests, digest, packing."""

from authoring.checking import check_texts, load
from engine.rulebook.bundle import digest_of, pack, rule_tests_of, unpack
from runtime.rule_folder import read_bundle
from tests.support.books import RULES


def test_a_bundle_holds_the_tests_and_loads_as_its_folder_does() -> None:
    bundle = read_bundle(RULES)
    assert {name.partition("/")[0] for name in rule_tests_of(bundle)} == {"tests"}
    book, findings = check_texts(bundle)
    assert book is not None
    assert book.revision == load(RULES).revision
    assert [finding for finding in findings if finding.place.file.startswith("tests/")] == []


def test_comments_and_tests_change_the_digest_and_not_the_revision() -> None:
    bundle = read_bundle(RULES)
    other = bundle | {"shop.yaml": bundle["shop.yaml"] + b"# so it is\n"}
    fewer = {name: content for name, content in bundle.items() if not name.startswith("tests/")}
    assert len({digest_of(bundle), digest_of(other), digest_of(fewer)}) == 3
    assert {book.revision for book, _ in map(check_texts, (bundle, other, fewer)) if book} == {load(RULES).revision}


def test_where_a_name_ends_counts_in_the_digest() -> None:
    assert digest_of({"a": b"bc"}) != digest_of({"ab": b"c"})


def test_what_is_packed_is_unpacked_byte_for_byte() -> None:
    bundle = {"actions/wachstum.yaml": "größer\n".encode(), "a\nb.yaml": b"\xff\x00\n", "empty.yaml": b""}
    assert unpack(pack(bundle)) == bundle
    assert pack(bundle) == pack(dict(reversed(bundle.items())))
    assert unpack(pack({})) == {}
