"""No template takes long or makes anything large: counted in rounds and characters, and by the memory it takes."""

import tracemalloc

import pytest

from engine.template import TemplateError, bounds, evaluate, render

NAMES = {"text": "x" * 100_000, "words": ["word" * 1000] * 1000, "one": {"a": [1, 2]}}
LOOPS = "{%% for a in %s %%}{%% for b in %s %%}{%% for c in %s %%}x{%% endfor %%}{%% endfor %%}{%% endfor %%}"
DOUBLED = "".join(f"{{% set x{n + 1} = x{n} %s x{n} %}}" for n in range(64))
HOSTILE = {
    "nested ranges": LOOPS % (("range(1000)",) * 3),
    "nested lists": "{% set l = range(1000) | list %}" + LOOPS % (("l",) * 3),
    "nested filters": "{{ range(1000) | map('string') | list | length }}" * 40,
    "loops of loops": "{% for a in range(900) %}{% for b in range(900) if a == b %}x{% endfor %}{% endfor %}",
    "one round that writes much": "{% for a in range(9999) %}" + "x" * 1000 + "{% endfor %}",
    "what is written": "{% for a in range(9999) %}{{ text }}{% endfor %}",
    "texts added": "{% set x0 = 'ab' %}" + DOUBLED.replace("%s", "+"),
    "texts put together": "{% set x0 = 'ab' %}" + DOUBLED.replace("%s", "~"),
    "lists added": "{% set x0 = [1, 2] %}" + DOUBLED.replace("%s", "+"),
    "numbers multiplied": "{% set x0 = 99 %}" + DOUBLED.replace("%s", "*"),
    "blocks": "{% set x0 %}ab{% endset %}"
    + "".join(f"{{% set x{n + 1} %}}{{{{ x{n} }}}}{{{{ x{n} }}}}{{% endset %}}" for n in range(64)),
    "join": "{{ (words + words + words) | join(text) }}",
    "join of much": "{{ words | map('upper') | join }}",
    "join as a method": "{{ text.join(words) }}",
    "replace": "{{ text | replace('x', text) }}",
    "replace nothing": "{{ text | replace('', text) }}",
    "replace as a method": "{{ text.replace('x', text) }}",
    "replace by name": "{{ text | replace(s='x', new=text) }}",
    "center": "{{ 'x' | center(1000000000) }}",
    "a width": "{{ '{:1000000000}'.format(1) }}",
    "a mapped width": "{{ '{x:1000000000}'.format_map({'x': 1}) }}",
    "ljust": "{{ 'x'.ljust(1000000000) }}",
    "zfill": "{{ 'x'.zfill(1000000000) }}",
    "tabs": "{{ '\t\t\t'.expandtabs(1000000000) }}",
    "bytes of a number": "{{ (5).to_bytes(1000000000) }}",
    "batch": "{{ [1] | batch(1000000000, 0) | list }}",
    "slice": "{{ [1] | slice(1000000000, 0) | list }}",
    "a list of letters": "{{ (text ~ text) | list | length }}",
    "recursion": "{% for x in [1] recursive %}{{ loop([1, 1]) }}{% endfor %}",
    "macro": "{% macro f() %}{{ f() ~ f() }}{% endmacro %}{{ f() }}",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_would_take_long_or_grow_is_ended(kind: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(TemplateError):
            render(HOSTILE[kind], NAMES)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 64 * 2**20


def test_an_expression_has_the_same_bounds() -> None:
    with pytest.raises(TemplateError, match="rounds in all"):
        evaluate("(range(9000) | list) + (range(9000) | list) * 10", NAMES)


def test_each_evaluation_begins_anew() -> None:
    for _ in range(3):
        assert render("{% for a in range(9000) %}{% for b in range(9) %}{% endfor %}{% endfor %}x", {}) == "x"


def test_a_cluster_of_a_thousand_nodes_has_room() -> None:
    nodes = [{"name": f"node{number}.example.org", "disks": list(range(9))} for number in range(1000)]
    text = "{% for one in nodes %}{{ one.name }} {% for d in one.disks %}{{ d }}{% endfor %}{% endfor %}"
    assert len(render(text, {"nodes": nodes})) > 20_000
    assert (
        evaluate("nodes | selectattr('name') | map(attribute='name') | unique | list | length", {"nodes": nodes})
        == 1000
    )
    assert "992 others" in render("{{ nodes | map(attribute='name') | join_and }}", {"nodes": nodes})
    assert "node999" in render("{{ nodes | map(attribute='name') | join(', ') }}", {"nodes": nodes})


def test_what_is_left_is_counted_only_within_an_evaluation() -> None:
    bounds.spend(10 * bounds.ROUNDS, 10 * bounds.LONGEST)
    assert list(bounds.counted([1, 2], 10**9)) == [1, 2]
