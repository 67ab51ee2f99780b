import math
import re
from dataclasses import replace

import pytest

from synthcraft.cli.summary import summarise
from synthcraft.privacy.accountant import epsilon_of, rho_of, zcdp_curve
from synthcraft.privacy.audit import Bound, Event, unplayed
from synthcraft.privacy.guarantee import guarantee
from synthcraft.privacy.selection import selection_spend
from synthcraft.records import Selection
from synthcraft.report import render
from synthcraft.report.document import Bullets, Cell, Figure, Paragraph, Table
from synthcraft.report.privacy import private_section
from synthcraft.report.summary import Summary
from synthcraft.report.write import compose
from synthcraft.results import load_run
from synthcraft.spec.types import AuditSpec
from tests.report.conftest import PRIVATE, fabricate


@pytest.fixture(scope="module")
def summary(private):
    return Summary(load_run(private))


def section_of(summary):
    found = private_section(summary)
    assert found is not None
    return found


def rows_of(section):
    table = next(block for block in section.blocks if isinstance(block, Table))
    return {row[0].text: row for row in table.groups[0].rows}


def texts(section):
    return " ".join(block.text for block in section.blocks if isinstance(block, Paragraph))


def changed(folder, **privacy):
    spec = PRIVATE["privacy"] | privacy
    return Summary(load_run(fabricate(folder / "run", **PRIVATE | {"privacy": spec})))


def test_without_a_privacy_block_there_is_no_section(whole):
    assert private_section(Summary(load_run(whole))) is None


def test_each_release_is_told_with_what_it_promises(summary):
    rows = rows_of(section_of(summary))
    assert rows["aim@eps=3"][1].text == "ε = 3, δ = 0.00001"
    assert rows["aim@eps=3"][3].text == "3"  # one fit per split
    assert rows["arf"][1].text == "no formal guarantee"
    assert rows["dpgan@eps=1 (ε claimed)"][1].text.endswith("claimed by synthcity, not verified")


def test_the_total_is_the_sum_of_the_curves_of_accounted_fits_alone(summary):
    delta = 36 * 1e-5
    rho = 9 * sum(rho_of(epsilon, 1e-5) for epsilon in (0.5, 1, 3, 10))
    expected = epsilon_of(zcdp_curve(rho), delta)
    told = texts(section_of(summary))
    assert "36 fits (generators, levels of ε, splits, seeds)" in told
    up = math.ceil(100 * expected) / 100
    assert f"ε = {up:.2f}, δ = 0.00036" in told
    # Claimed ones: three splits of the four levels, by basic composition, in a sum of their own.
    assert f"12 fits spent ε = {3 * 14.5:.2f}, δ = 0.00012, claimed by synthcity" in told


def test_fits_of_one_arm_are_told_together(summary):
    rows = rows_of(section_of(summary))
    expected = epsilon_of(zcdp_curve(3 * rho_of(3, 1e-5)), 3e-5)
    assert rows["aim@eps=3"][4] == Cell(f"ε = {math.ceil(100 * expected) / 100:.2f}, δ = 0.00003")
    claimed = rows["dpgan@eps=3 (ε claimed)"][4]
    assert claimed == Cell("ε = 9.00, δ = 0.00003", ("claimed",))


def test_the_terms_stand_beside_the_promise(summary):
    found = guarantee(summary.run.spec)
    (terms, _) = (block for block in section_of(summary).blocks if isinstance(block, Bullets))
    assert [item.lead for item in terms.items] == [
        *("Who is protected", "δ", "Domain", "Noise", "Choice of what is released")
    ]
    told = [item.text for item in terms.items]
    assert told[:3] == [found.unit, found.delta, found.domain]
    assert told[3].startswith("From the operating system’s entropy, never stored")
    assert told[4] == found.selection


def test_epsilon_is_told_as_a_factor_of_odds(summary):
    assert "(about 1.6 at ε 0.5 and 22,026 at ε 10)" in texts(section_of(summary))


def test_the_declared_limit_is_told_with_the_fits_that_did_not_start(tmp_path):
    summary = changed(tmp_path, max_total_epsilon=40)
    assert texts(section_of(summary)).endswith("No ε covers:")
    assert "Declared limit of the whole run: ε = 40. Every fit kept it." in texts(
        section_of(summary)
    )
    late = replace(summary.run.records[-1], status="skipped", measures=())
    cut = Summary(replace(summary.run, records=(*summary.run.records[:-1], late)))
    assert "1 fit did not start, as they would have exceeded it: arf." in texts(section_of(cut))


def test_a_claimed_epsilon_never_stands_without_its_mark(private):
    document = compose([load_run(private)])
    drawn = render.pictures(document)
    for text in (render.html(document, drawn), render.markdown(document), *drawn.values()):
        after = re.findall(r"dpgan@eps=[0-9.]+(.{12})", text)
        assert set(after) <= {" (ε claimed)"}
    assert len(re.findall("dpgan@eps=", render.markdown(document))) > 20


@pytest.mark.parametrize("privacy", [{"noise": "seeded"}, {"domain": "from_data"}])
def test_what_voids_epsilon_is_told_of_every_release(tmp_path, privacy):
    summary = changed(tmp_path, **privacy)
    section = section_of(summary)
    assert texts(section).startswith("Void: no ε of this run is a promise, because ")
    assert rows_of(section)["mst@eps=1 (ε void)"][1].text == "void"
    assert "The whole run" in texts(section)
    assert "void" in texts(section).split("The whole run")[1]
    assert "each release promises" not in render.markdown(compose([summary.run]))


def test_a_killed_fit_counts(tmp_path):
    run = load_run(fabricate(tmp_path / "run", stop_after=12, **PRIVATE))
    rows = rows_of(section_of(Summary(run)))
    assert rows["aim@eps=10"][3].text == "3"
    assert rows["aim@eps=10"][3].details == ("3 without a result",)


def game(arm, epsilon, shown, **changes):
    """An audit of 20 fits per world, which can show 1.6 at most, as a journal holds it."""
    start = unplayed(arm, AuditSpec(fits=20), epsilon=epsilon, delta=1e-5)
    event = Event(0, 0.5, above=True, world="with")
    bound = None if shown is None else Bound(shown, 1.0, 0.83, 0.1, 0.3)
    return replace(start, event=event, bound=bound, **changes).to_json()


def test_the_audit_stands_beside_the_promise(private):
    told = (
        game("mst@eps=0.5", 0.5, 1.2399),
        game("aim@eps=0.5", 0.5, 0.3),
        game("aim@eps=3", 3.0, 0.0),
        game("dpgan@eps=0.5", 0.5, None, reason="the process was killed"),
    )
    summary = Summary(replace(load_run(private), audits=told))
    section = section_of(summary)
    table = [block for block in section.blocks if isinstance(block, Table)][1]
    rows = {row[0].text: row for row in table.groups[0].rows}
    flagged = rows["mst@eps=0.5"]
    assert [cell.text for cell in flagged[1:]] == [*("REFUTED", "0.5", "1.23", "1.59", "20 + 20")]
    assert rows["aim@eps=0.5"][1] == Cell("no violation found", ("weak evidence: few fits",))
    assert rows["aim@eps=3"][1].text == "nothing"  # 1.59 at most could be shown of ε 3
    claimed = rows["dpgan@eps=0.5 (ε claimed)"]
    assert claimed[1] == Cell("not audited", ("the process was killed",), "alert")
    assert "claimed by synthcity, not verified" in claimed[2].details
    assert "Refuted by the audit: mst@eps=0.5. " in texts(section)
    assert "not a proof" in texts(section)
    assert rows_of(section)["mst@eps=0.5"][1].details == ("refuted by the audit",)
    assert "mst@eps=0.5: REFUTED by the audit" in summarise(summary.run)
    page = render.markdown(compose([summary.run]))
    assert "mst at ε 0.5: the audit shows a lower bound above ε. Do not rely on it." in page
    assert "mst at ε 1, 3 or 10 and aim at ε 0.5, 1, 3 or 10: each release promises" in page


def test_without_an_audit_none_is_told(summary):
    assert "audit" not in texts(section_of(summary))


def chosen(folder, selection, **privacy):
    terms = {"selection": "private", "selection_epsilon": 0.1, **privacy}
    summary = changed(folder, **terms)
    return Summary(replace(summary.run, selection=selection))


def choice_of(summary):
    (told,) = (
        item.text
        for block in section_of(summary).blocks
        if isinstance(block, Bullets)
        for item in block.items
        if item.lead == "Choice of what is released"
    )
    return told


def test_a_private_choice_is_told_with_its_price(tmp_path):
    spends = (selection_spend(0.1),)
    summary = chosen(tmp_path, Selection("aim@eps=3", spends=spends))
    assert choice_of(summary).startswith("Chosen privately: aim@eps=3 (ε 0.1 for the choice). ")
    rho = 9 * sum(rho_of(epsilon, 1e-5) for epsilon in (0.5, 1, 3, 10))
    expected = epsilon_of(zcdp_curve(rho + 0.1**2 / 8), 36 * 1e-5)
    told = texts(section_of(summary))
    assert "36 fits (generators, levels of ε, splits, seeds) and the private choice" in told
    up = math.ceil(100 * expected) / 100
    assert f"ε = {up:.2f}, δ = 0.00036. That is what holds" in told
    last = summarise(summary.run)
    assert (
        "chosen privately: aim@eps=3 (epsilon 0.1 for the choice; with the 36 fits behind it "
        f"{up:.2f}, at delta 0.00036)"
    ) in last


def test_a_choice_that_was_begun_twice_or_never_made_is_told(tmp_path):
    twice = chosen(tmp_path / "a", Selection("mst@eps=1", spends=(selection_spend(0.1),) * 2))
    assert "(ε 0.1 for the choice, begun 2 times)" in choice_of(twice)
    none = chosen(tmp_path / "b", Selection(reason="each arm had a fit that failed"))
    assert choice_of(none).startswith("None was chosen: each arm had a fit that failed. ")
    assert "no arm was chosen privately: each arm had a fit that failed" in summarise(none.run)
    assert "and the private choice" not in texts(section_of(none))
    lost = chosen(tmp_path / "c", Selection(spends=(selection_spend(0.1),)))
    assert choice_of(lost).startswith("None was chosen: the run was interrupted. ")


def test_a_void_choice_is_marked(tmp_path):
    found = Selection("mst@eps=1", spends=(selection_spend(0.1),))
    summary = chosen(tmp_path, found, noise="seeded")
    (line,) = (x for x in summarise(summary.run).splitlines() if x.startswith("chosen privately"))
    assert line.endswith("; void, as every epsilon of this run)")
    assert texts(section_of(summary)).startswith("Void: no ε of this run is a promise, because ")


def test_what_no_epsilon_covers_is_listed(summary):
    last = section_of(summary).blocks[-1]
    assert isinstance(last, Bullets)
    assert any("Holdout rows" in item.text for item in last.items)


def test_the_curve_shows_the_means_of_every_level(summary):
    section = section_of(summary)
    figure = next(block for block in section.blocks if isinstance(block, Figure))
    gap, alike = figure.panels
    assert gap.id == "epsilon-gap-auroc" and alike.id == "epsilon-contingency-similarity"
    aim = next(track for track in gap.plot.tracks if track.label == "aim")
    assert [dose.at for dose in aim.doses] == [0.5, 1, 3, 10]
    for dose in aim.doses:
        quantity = next(
            q for q in summary.quantities if q.metric == "gap.auroc" and q.model == "boosting"
        )
        told = summary.score(f"aim@eps={dose.at:g}", quantity).estimate
        assert dose.mark.value == pytest.approx(told.mean)
        assert dose.mark.low == pytest.approx(told.low)
    assert {line.label for line in gap.plot.lines} == {"arf", "marginals", "trained on real rows"}
    assert [mark.label for mark in figure.legend] == [
        *("independent", "mst", "aim", "dpgan (ε claimed)")
    ]


def test_one_level_makes_no_curve(tmp_path):
    section = section_of(changed(tmp_path, epsilons=[1]))
    assert not [block for block in section.blocks if isinstance(block, Figure)]


def test_a_generator_has_one_colour_at_every_level(summary):
    from synthcraft.report.pictures import places

    found = places(summary)
    assert len({place for arm, place in found.items() if arm.startswith("aim@")}) == 1
    assert sorted(set(found.values())) == list(range(5))


def test_the_section_stands_in_both_renderings_with_the_same_bytes(private):
    first, second = (compose([load_run(private)]) for _ in range(2))
    assert render.markdown(first) == render.markdown(second)
    drawn = render.pictures(first)
    assert drawn == render.pictures(second)
    page = render.html(first, drawn)
    assert 'id="differential-privacy"' in page
