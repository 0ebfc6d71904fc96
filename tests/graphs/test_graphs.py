"""The short form of `python -m tests.graphs.run`, and of its registry-wide form."""

import random

import pytest

from tests.graphs import run
from tests.graphs.draft import FORMULA, SPECS, WHOLE, random_draft
from tests.graphs.spelling import other_text, text_of
from tickeng import Config, ConfigError


def test_random_graphs_have_the_same_bits_in_every_way():
    totals = run.Totals()
    wrong = [what for seed in range(1, 81) for what in run.wrong(seed, totals)]
    assert not wrong, "\n".join(wrong)
    assert totals.chunked > totals.graphs / 4, totals
    assert totals.node_by_node > totals.graphs / 10, totals
    print(totals)


@pytest.mark.parametrize("kernel", SPECS)
def test_each_kernel_alone_on_each_hostile_tape(kernel):
    totals = run.Totals()
    wrong = run.wrong_alone(kernel, totals)
    assert not wrong, "\n".join(wrong)
    if kernel in WHOLE and SPECS[kernel]["reach"] != "serial":
        # Where it may be as long as a tape: a window by time, one of long intervals; no floor.
        some = "rows" not in SPECS[kernel]["reach"] or kernel in ("amihud", "kyle_lambda")
        assert totals.chunked > totals.graphs / 3 if some else totals.chunked == totals.graphs


def test_a_case_follows_from_its_seed():
    for seed in range(20):
        one, two = run.random_case(seed), run.random_case(seed)
        assert one.text == two.text and one.options == two.options
        assert one.tape.price.tobytes() == two.tape.price.tobytes()


def test_all_that_can_be_written_is_written():
    """Kernels, parameters, names, presets, equal nodes, outputs of several."""
    drafts = [random_draft(random.Random(seed)) for seed in range(900)]
    nodes = [node for draft in drafts for node in draft.nodes]
    assert {node.kernel for node in nodes if not node.own} == {*SPECS, FORMULA}
    texts = [text_of(draft).kernels for draft in drafts]
    assert any(text.startswith("chain\n") and "\n" in text for text in texts)
    assert any(f"={n}." in text for text in texts for n in ("n0", "n1", "n2"))
    said = "\n".join(texts)
    for kernel, spec in SPECS.items():
        for word in [p["name"] for p in spec["params"]] + spec["inputs"]:
            assert f"{word}=" in said, f"{kernel} {word}"
    assert any(draft.nodes[a] == draft.nodes[b] for draft in drafts
               for a in range(len(draft.nodes)) for b in range(a))


def moves(text):
    """Not so a kernel over any output that is given numbers alone."""
    try:
        return bool(Config(text.settings, kernels=text.kernels).hash)
    except ConfigError as error:
        assert "say on which one it moves" in str(error)
        return False


def test_another_text_is_another_text_of_the_same_nodes():
    """Where it writes the same nodes its hash is the same; the texts differ."""
    same = unlike = 0
    for seed in range(200):
        draft = random_draft(random.Random(seed))
        one, two = text_of(draft), other_text(draft, random.Random(seed))
        unlike += one.kernels != two.kernels
        if set(one.columns) == set(two.columns):
            if not moves(one):
                continue
            assert Config(one.settings, kernels=one.kernels).hash == Config(
                two.settings, kernels=two.kernels).hash, one.kernels + "\n--\n" + two.kernels
            same += 1
    assert unlike == 200 and same > 50
