"""Which sample stands for a patient does not depend on the order of a file."""

from hypothesis import given
from hypothesis import strategies as st

from synthcraft.data.tcga.barcodes import is_sample, kind_of_sample, one_each, patient_of

SAMPLES = st.builds(
    "TCGA-AB-{}-{}{}".format,
    st.sampled_from(["0001", "0002", "AALI"]),
    st.sampled_from(["01", "06", "11"]),
    st.sampled_from(["", "A", "B-11R-A41B-07"]),
)


@given(st.lists(SAMPLES, unique=True), st.randoms())
def test_one_aliquot_in_any_order(names, random):
    chosen = one_each(names, ["06", "01"])
    shuffled = random.sample(names, len(names))
    assert one_each(shuffled, ["06", "01"]) == chosen
    wanted = [name for name in names if kind_of_sample(name) in ("06", "01")]
    assert set(chosen) == {patient_of(name) for name in wanted}
    for patient, name in chosen.items():
        own = [other for other in wanted if other.startswith(patient)]
        assert kind_of_sample(name) == max(map(kind_of_sample, own))
        assert name == min(other for other in own if kind_of_sample(other) == kind_of_sample(name))


def test_what_is_a_barcode():
    assert is_sample("TCGA-A1-A0SB-01A-11R-A144-07")
    for other in ("TCGA-A1-A0SB", "A1-A0SB-01", "TCGA-A1-A0SB-0", "Gene", "?|1", "TARGET-10-X-01"):
        assert not is_sample(other)
