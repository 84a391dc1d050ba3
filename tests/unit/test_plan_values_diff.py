from __future__ import annotations

from typing import Any

import pytest
from golden.golden import plan

from tfwrap.plan.documents import read_document
from tfwrap.plan.model import ResourceChange
from tfwrap.plan.summary import short_address
from tfwrap.plan.values_diff import Difference, compare, differences


def change(
    before: Any,
    after: Any,
    *,
    unknown: Any = None,
    sensitive: tuple[Any, Any] = (False, False),
    **more: Any,
) -> ResourceChange:
    return ResourceChange(
        address="a.b", mode="managed", type=more.pop("type", "a"), name="b",
        actions=("update",), action="update", before=before, after=after, after_unknown=unknown or {},
        before_sensitive=sensitive[0], after_sensitive=sensitive[1], **more,
    )  # fmt: skip


def said(found: list[Difference]) -> list[tuple[str, str, Any, Any]]:
    return [(d.path, d.kind, d.before, d.after) for d in found]


def of(name: str, address: str) -> list[Difference]:
    return differences(next(c for c in plan(name).changes if short_address(c.address) == address))


def test_paths() -> None:
    before = {"a": {"b": 1, "gone": "x"}, "list": [1, 2, 3], "same": [1]}
    after = {"a": {"b": 2, "x.y/z": True}, "list": [1, 5], "same": [1]}
    assert said(compare(before, after)) == [
        ("a.b", "change", 1, 2),
        ("a.gone", "remove", "x", None),
        ('a["x.y/z"]', "add", None, True),
        ("list[1]", "change", 2, 5),
        ("list[2]", "remove", 3, None),
    ]


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), ("1", 1), (None, False), ([], {}), ("", None)])
def test_values_of_different_types_differ(one: Any, other: Any) -> None:
    assert len(compare({"a": one}, {"a": other})) == 1


def test_whole_numbers_are_equal_however_written() -> None:
    assert compare({"a": 1}, {"a": 1.0}) == []


def test_lists_are_matched_by_name() -> None:
    before = {"hosts": [{"name": "a", "port": 1}, {"name": "b", "port": 2}]}
    after = {"hosts": [{"name": "new"}, {"name": "b", "port": 3}]}
    assert said(compare(before, after)) == [
        ("hosts[a]", "remove", {"name": "a", "port": 1}, None),
        ("hosts[b].port", "change", 2, 3),
        ("hosts[new]", "add", None, {"name": "new"}),
        ("hosts", "order", ["b", "new"], ["new", "b"]),
    ]


def test_another_order_alone_is_a_difference() -> None:
    items = [{"name": "a"}, {"name": "b"}]
    assert said(compare(items, items[::-1])) == [("", "order", ["a", "b"], ["b", "a"])]


def test_names_that_are_not_unique_match_nothing() -> None:
    twice = [{"name": "a", "v": 1}, {"name": "a", "v": 2}]
    assert said(compare(twice, [*twice[:1], {"name": "a", "v": 3}])) == [("[1].v", "change", 2, 3)]


def test_what_comes_or_goes_is_told_path_by_path() -> None:
    found = compare({}, {"module": {"allow": [{"remote": "10.0.0.0/8"}], "empty": {}}})
    assert [(leaf.path, leaf.after) for leaf in found[0].leaves()] == [
        ("module.allow[0].remote", "10.0.0.0/8"),
        ("module.empty", {}),
    ]


def test_helm_values_are_read_as_a_document() -> None:
    found = of("helm-update", "helm_release.this")
    documents = [difference for difference in found if difference.document]
    assert [difference.inner_path for difference in documents] == ["autoscaling.maxReplicas", "module"]
    assert documents[0].document is not None
    assert documents[0].document.paths == 9
    assert [d.path for d in found if not d.document] == ['set["image.tag"].value', "set_sensitive"]


def test_json_is_read_as_a_document() -> None:
    (found,) = of("update", "terraform_data.json")
    assert (found.inner_path, found.before, found.after) == ("a.b", 1, 2)


def test_a_document_written_differently_is_no_silence() -> None:
    (found,) = compare({"v": "a: 1\nb: 2\n"}, {"v": "# comment\nb: 2\na: 1\n"})
    assert (found.path, found.kind) == ("v", "format")


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['true']\n",
        "a: !vault secret\nb: 1\n",
        "a: 1\na: 2\n",
        "1: a\n'1': b\n",
        "[unclosed\n",
        "just\ntext\n",
        "label: one line is a sentence",
        "a: &a [*a]\nb: 1\n",
        "",
        "   \n ",
        '{"a": ' * 5000,
    ],
)
def test_what_is_no_plain_document_is_text(text: str) -> None:
    assert read_document(text) is None


def test_text_falls_back_to_text() -> None:
    before, after = "a: !vault x\nb: 1\n", "a: !vault x\nb: 2\n"
    assert said(compare({"t": before}, {"t": after})) == [("t", "change", before, after)]


def test_a_bomb_of_aliases_is_text() -> None:
    """Unfolded, it would not fit into any memory."""
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    assert read_document(f"a0: &a0 lol\n{levels}\n") is None


def test_several_documents_in_one_text() -> None:
    assert read_document("a: 1\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]


def test_dates_stay_text() -> None:
    assert read_document("date: 2024-01-01\nb: 1\n") == {"date": "2024-01-01", "b": 1}


def test_sensitive_values_change_and_stay_unseen() -> None:
    mask = {"password": True, "nested": {"key": True}}
    found = differences(
        change(
            {"password": "old", "nested": {"key": "one", "open": 1}},
            {"password": "new", "nested": {"key": "two", "open": 2}},
            sensitive=(mask, mask),
        )
    )
    assert [(d.path, d.sensitive, d.before, d.after) for d in found] == [
        ("password", True, None, None),
        ("nested.key", True, None, None),
        ("nested.open", False, 1, 2),
    ]


def test_an_equal_sensitive_value_is_no_difference() -> None:
    assert differences(change({"p": "x"}, {"p": "x"}, sensitive=({"p": True}, {"p": True}))) == []


@pytest.mark.parametrize("masks", [({"v": True}, {}), ({}, {"v": True})])
def test_one_mark_hides_both_sides(masks: tuple[Any, Any]) -> None:
    (found,) = differences(change({"v": "secret-a"}, {"v": "secret-b"}, sensitive=masks))
    assert (found.sensitive, found.before, found.after) == (True, None, None)


def test_of_a_sensitive_document_nothing_is_told() -> None:
    mask = {"values": [True]}
    texts = [{"values": [f"password: {word}\nuser: bob\n"]} for word in ("one", "two")]
    (found,) = differences(change(texts[0], texts[1], sensitive=(mask, mask)))
    assert (found.path, found.sensitive, found.document) == ("values[0]", True, None)


def test_a_secret_inside_something_new_stays_unseen() -> None:
    found = differences(change({}, {"user": {"name": "bob", "key": "k"}}, sensitive=({}, {"user": {"key": True}})))
    leaves = [leaf for difference in found for leaf in difference.leaves()]
    assert [(leaf.path, leaf.after, leaf.sensitive) for leaf in leaves] == [
        ("user.name", "bob", False),
        ("user.key", None, True),
    ]
    assert "'k'" not in repr(found)


def test_computed_attributes_are_noise() -> None:
    before, after = {"input": "a", "output": "a"}, {"input": "b"}
    found = differences(change(before, after, unknown={"output": True}, configured=frozenset({"input"})))
    assert [difference.path for difference in found] == ["input"]


@pytest.mark.parametrize(
    ("configured", "forcing"), [(frozenset({"subnet"}), ()), (None, ()), (frozenset({"input"}), (("subnet",),))]
)
def test_an_unknown_that_somebody_wrote_or_that_forces_is_told(
    configured: frozenset[str] | None, forcing: tuple[tuple[str, ...], ...]
) -> None:
    (found,) = differences(
        change({"subnet": "s"}, {}, unknown={"subnet": True}, configured=configured, replace_paths=forcing)
    )
    assert (found.path, found.unknown, found.after) == ("subnet", True, None)
    assert found.forces_replacement == bool(forcing)


def test_unknown_inside_a_list() -> None:
    found = differences(change({"ids": ["a", "b"]}, {"ids": ["a", None]}, unknown={"ids": [False, True]}))
    assert [(d.path, d.before, d.unknown) for d in found] == [("ids[1]", "b", True)]


def test_null_is_absence_for_an_attribute() -> None:
    assert differences(change({"a": None}, {})) == []
    assert said(differences(change({"a": None}, {"a": 1}))) == [("a", "add", None, 1)]


def test_helm_metadata_is_noise() -> None:
    releases = [{"metadata": [{"revision": number}], "version": f"{number}"} for number in (1, 2)]
    assert [d.path for d in differences(change(releases[0], releases[1], type="helm_release"))] == ["version"]


def test_forcing_paths_reach_into_lists() -> None:
    found = differences(change({"i": [{"a": 1, "b": 1}]}, {"i": [{"a": 2, "b": 2}]}, replace_paths=(("i", 0, "b"),)))
    assert [(d.path, d.forces_replacement) for d in found] == [("i[0].a", False), ("i[0].b", True)]
