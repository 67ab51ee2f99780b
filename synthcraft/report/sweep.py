"""What several runs vary, as columns: each generator under each combination of settings."""

from collections.abc import Iterator, Sequence

from synthcraft.report.choice import DECIDING
from synthcraft.report.document import Cell, Head, Rows, Table
from synthcraft.report.inference import endpoints
from synthcraft.report.pooled import Study
from synthcraft.report.summary import Contender, Quantity, shared_name
from synthcraft.report.tables import absent
from synthcraft.report.varied import Settings, in_order, settings, varied
from synthcraft.report.words import filled, heading, interval, listed, number, short
from synthcraft.spec.privacy import generator_label


def sweep_table(studies: Sequence[Study]) -> Table | None:
    """A row for each generator and combination of varied settings, pooled over seeds.

    A setting of another generator is told as "—", and counts for no row of its own: random numbers
    do not depend on who else takes part, and so the values are the same. None where nothing but
    seeds is varied.
    """
    found = [settings(study.first) for study in studies]
    keys = varied(found)
    if not keys:
        return None
    columns = list(_columns(studies))
    rows = [
        row
        for name in dict.fromkeys(c.arm.id for study in studies for c in study.contenders)
        for row in _rows(name, studies, found, keys, columns)
    ]
    return Table(
        "Each generator under each combination of the settings that vary, pooled over seeds: mean "
        "over splits with its interval. “—”: a setting of another generator.",
        (
            Head("Generator"),
            *(Head(key.rpartition(".")[2], (key,)) for key in keys),
            Head("Seeds"),
            *(_head(family, quantity) for family, quantity in columns),
        ),
        (Rows(tuple(rows)),),
        id="sweep",
    )


def _columns(studies: Sequence[Study]) -> Iterator[tuple[str, Quantity]]:
    """What decides in each family, in any study."""
    deciding = [endpoints(study.first) for study in studies]
    for family in DECIDING:
        for quantity in dict.fromkeys(one[family] for one in deciding if family in one):
            yield family, quantity


def _head(family: str, quantity: Quantity) -> Head:
    name, kind, model = heading(quantity)
    return Head(name, filled(family, kind, model), quantity.metric)


def _rows(
    name: str,
    studies: Sequence[Study],
    found: Sequence[Settings],
    keys: Sequence[str],
    columns: Sequence[tuple[str, Quantity]],
) -> Iterator[tuple[Cell, ...]]:
    """Those of one generator: of each combination that concerns it the study with most seeds."""
    chosen: dict[tuple[str, ...], tuple[Study, Contender]] = {}
    for study, one in zip(studies, found, strict=True):
        contender = next((c for c in study.contenders if c.arm.id == name), None)
        if contender is not None:
            values = tuple(one.get(k, "—") if _concerns(k, contender) else "—" for k in keys)
            other, _ = chosen.get(values, (study, contender))
            if values not in chosen or len(other.runs) < len(study.runs):
                chosen[values] = study, contender
    for values, (study, contender) in sorted(chosen.items(), key=lambda one: in_order(one[0])):
        yield (
            Cell(short(shared_name(study.runs, name))),
            *(Cell(short(value)) for value in values),
            Cell(listed([str(seed) for seed in sorted(r.run.spec.seed for r in study.runs)])),
            *(_cell(study, contender, quantity) for _, quantity in columns),
        )


def _concerns(key: str, contender: Contender) -> bool:
    """Whether a setting has to do with a generator: with no other."""
    block, _, rest = key.partition(".")
    if block != "generators":
        return True
    return not contender.reference and rest.startswith(f"{generator_label(contender.arm.label)}.")


def _cell(study: Study, contender: Contender, quantity: Quantity) -> Cell:
    estimate = study.estimate(contender.arm.id, quantity)
    if estimate is None:
        return absent(contender, study.first.score(contender.arm.id, quantity))
    lacking = "" if study.complete(contender.arm.id, quantity) else "not all trials"
    return Cell(number(estimate.mean), filled(interval(estimate), lacking))
