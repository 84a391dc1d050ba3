"""The index of Hosts answers like Emissary's own comparison of every Host with every Mapping."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tfwrap.stacks.emissary.checks.hostnames import HostIndex
from tfwrap.stacks.emissary.checks.view import Host, Item
from tfwrap.stacks.emissary.resources import HostSpec, Selector

NAMES = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4).map(".".join)
GLOBS = st.one_of(NAMES, NAMES.map("*.{}".format), st.just("*"))
LABELS = st.dictionaries(st.sampled_from("xyz"), st.sampled_from("12"), max_size=3)


def globs_match(one: str, other: str) -> bool:
    """`hostglob_matches` of Emissary 3.2, for globs with a `*` only as their first label."""
    if one == other or "*" in (one, other):
        return True
    if one.startswith("*") and other.startswith("*"):
        longer, shorter = sorted((one[1:], other[1:]), key=len, reverse=True)
        return longer.endswith(shorter)
    if other.startswith("*"):
        one, other = other, one
    return one.startswith("*") and len(other) >= len(one) and other.endswith(one[1:])


def takes(host: Host, glob: str | None, labels: dict[str, str]) -> tuple[bool, bool]:
    """Emissary's `matches_httpgroup`: (by name, by labels)."""
    selector = (host.spec.mappingSelector.matchLabels if host.spec.mappingSelector else None) or {}
    selected = all(labels.get(key) == value for key, value in selector.items())
    if glob is None:
        return bool(selector), selected
    return globs_match(host.spec.hostname or "*", glob), selected


def make_host(hostname: str, labels: dict[str, str]) -> Host:
    selector = Selector(matchLabels=labels) if labels else None
    return Item("Host", "h", "n", HostSpec(hostname=hostname, mappingSelector=selector), (), ())


@given(hosts=st.lists(st.builds(make_host, GLOBS, LABELS), max_size=6), glob=st.none() | GLOBS, labels=LABELS)
def test_index_agrees_with_emissary(hosts: list[Host], glob: str | None, labels: dict[str, str]) -> None:
    named = [selected for by_name, selected in (takes(host, glob, labels) for host in hosts) if by_name]
    expected = any(named) if named else None
    assert HostIndex(iter(hosts)).matches(glob, labels) is expected
