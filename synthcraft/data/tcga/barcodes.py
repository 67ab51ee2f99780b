"""Barcodes of TCGA: which patient, which kind of sample, and one aliquot for each patient."""

import re
from collections.abc import Iterable, Sequence

PATIENT = 12  # characters that name a patient
_SAMPLE = re.compile(r"TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}-\d{2}[A-Z]?(-.*)?")
_PATIENT = re.compile(r"TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}")


def is_sample(text: str) -> bool:
    """Whether it is a barcode that tells what kind of sample it is.

    >>> is_sample("TCGA-3C-AALI-01A-11R-A41B-07"), is_sample("TCGA-3C-AALI"), is_sample("TP53")
    (True, False, False)
    """
    return _SAMPLE.fullmatch(text) is not None


def patient_of(barcode: str) -> str | None:
    """The first twelve characters; None where they are no barcode.

    >>> patient_of("TCGA-3C-AALI-01A"), patient_of("3C-AALI")
    ('TCGA-3C-AALI', None)
    """
    found = _PATIENT.match(barcode)
    return None if found is None else found.group()


def kind_of_sample(barcode: str) -> str:
    """Two digits: 01 primary tumour, 06 metastasis, 11 normal tissue, …

    >>> kind_of_sample("TCGA-3C-AALI-11A-11R-A41B-07")
    '11'
    """
    return barcode[13:15]


def one_each(barcodes: Iterable[str], kinds: Sequence[str]) -> dict[str, str]:
    """One barcode by patient, among those of the wanted kinds of samples.

    The earlier kind wins, then the first barcode in the order of text: vial A before B, then the
    smaller portion, analyte and plate. No expression value has a say.

    >>> names = ["TCGA-3C-AALI-01B", "TCGA-3C-AALI-01A", "TCGA-3C-AALI-11A", "TCGA-3C-AALJ-06A"]
    >>> one_each(names, ["01", "06"])
    {'TCGA-3C-AALI': 'TCGA-3C-AALI-01A', 'TCGA-3C-AALJ': 'TCGA-3C-AALJ-06A'}
    """
    wanted = [name for name in barcodes if kind_of_sample(name) in kinds]
    wanted.sort(key=lambda name: (kinds.index(kind_of_sample(name)), name))
    chosen: dict[str, str] = {}
    for name in wanted:
        chosen.setdefault(name[:PATIENT], name)
    return dict(sorted(chosen.items()))
