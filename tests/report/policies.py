"""Fabricated runs under a release policy, with measures as a test wants them."""

from dataclasses import replace

from synthcraft.records import Measure
from synthcraft.report.summary import Summary
from synthcraft.spec.release import declared
from synthcraft.spec.types import ReleasePolicySpec

COPIES = {"measure": "exact_match_rate", "at_most": 0.1}


def under(run, *, arm="arf", header=None, **limits):
    """The run as if it had been started with a policy of these limits."""
    policy = ReleasePolicySpec.model_validate({"arm": arm, "limits": limits})
    spec = run.spec.model_copy(update={"release_policy": policy})
    told = declared(spec) if header is None else header
    return Summary(replace(run, spec=spec, header={**run.header, "release_policy": told}))


def measured(run, arm, values, *, metric="exact_match_rate", role="excess", half=None):
    """The run with these values of an arm, split by split, each with an interval ± half if any."""

    def of(record):
        if record.trial.arm != arm or record.status != "ok":
            return record
        value = values[record.trial.split]
        bounds = {} if half is None else {"low": value - half, "high": value + half, "level": 0.95}
        one = Measure(metric, value, n=270, role=role, **bounds)
        rest = tuple(
            m for m in record.measures if (m.metric, m.role, m.model) != (metric, role, "")
        )
        return replace(record, measures=(*rest, one))

    return replace(run, records=tuple(map(of, run.records)))
