"""Fixed-width lines of linked mortality."""

import pytest

from synthcraft.data.cdc.mortality import read_mortality
from synthcraft.errors import DataError


def line(seqn, eligible, died, months):
    return f"{seqn:<14}{eligible}{died}{'':26}{months:>3}{months:>3}"


def test_lines_become_follow_up(tmp_path):
    path = tmp_path / "NHANES_2003_2004_MORT_2019_PUBLIC.dat"
    lines = [
        line(21005, 1, 0, 150),
        line(21006, 2, ".", "."),
        line(21007, 1, 1, 0),
        line(9, 3, ".", "."),
    ]
    path.write_text("\r\n".join(lines) + "\r\n")
    told = read_mortality(path)
    assert told["months"].tolist()[::2] == [150, 0]
    assert told["died"].tolist()[::2] == ["No", "Yes"]
    assert told.iloc[[1, 3]].isna().all().all()
    assert told.index.tolist() == [21005, 21006, 21007, 9]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<!DOCTYPE html><html>\n<p>moved</p>", "is not a public-use linked mortality file"),
        (line(1, 8, 0, 10), "is not a public-use linked mortality file"),
        (line(1, 1, 5, 10), "is not a public-use linked mortality file"),
        (line(1, 1, 0, 10) + "\n" + line(1, 1, 0, 10), "several lines for a person"),
        ("", "is not a public-use linked mortality file"),
    ],
)
def test_other_files_are_refused(tmp_path, text, says):
    path = tmp_path / "m.dat"
    path.write_text(text)
    with pytest.raises(DataError, match=says):
        read_mortality(path)


def test_real_linkage(shared_data):
    told = read_mortality(
        shared_data / "nhanes_xpt_2003_2006" / "NHANES_2003_2004_MORT_2015_PUBLIC.dat"
    )
    assert told["died"].value_counts().to_dict() == {"No": 5610 - 1094, "Yes": 1094}
    assert told["months"].notna().sum() == 5610
