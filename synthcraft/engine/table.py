"""The table of a spec, once all that depends on its rows fits the spec."""

from synthcraft.augment.groups import misfits as augmentation_misfits
from synthcraft.data.load import load_table
from synthcraft.data.reduce import reduce_problems
from synthcraft.data.table import Table
from synthcraft.errors import DataError, SpecError
from synthcraft.metrics.choice import misfits
from synthcraft.plan import part_problems
from synthcraft.privacy.domain import domain_problems
from synthcraft.spec.privacy import is_accounted, outside_of
from synthcraft.spec.types import Spec


def read_table(spec: Spec) -> Table:
    """The table that a run of the spec is on.

    Raises
    ------
    UserError
        When the table cannot be read, or does not fit the spec's design, metrics, privacy or
        augmentation block.
    """
    table = load_table(spec.dataset, seed=spec.seed, outside=outside_of(spec))
    if problems := part_problems(spec, held_out=held_out(table)):
        raise SpecError(problems)
    if problems := [*misfits(spec.metrics, table), *reduce_problems(spec.generators, table)]:
        raise DataError(problems)
    if spec.augmentation and (problems := augmentation_misfits(spec.augmentation, table)):
        raise DataError(problems)
    if spec.privacy and is_accounted(spec) and (problems := domain_problems(table, spec.privacy)):
        raise DataError(problems)
    return table


def held_out(table: Table) -> int | None:
    """Number of holdout rows where the data declare their parts, else None."""
    return None if table.held_out is None else int(table.held_out.sum())
