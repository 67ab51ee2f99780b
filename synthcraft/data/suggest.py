"""What a column's name and values suggest: its role, codes for "no answer", dates, free text."""

import re
from collections.abc import Collection, Iterable
from typing import Literal

Role = Literal["", "id", "weight", "strata", "cluster", "time", "outcome", "sensitive", "known"]

_PERSON = re.compile(
    r"^(id|ids|identifier|patients?|pat|pt|subjects?|persons?|participants?|respondents?|probands?)$"
    r"|\b(patient|pat|pt|subject|subj|person|participant|respondent|client|member|individual|donor)"
    r" ?(id|no|nr|num|number|code|key)\b"
    r"|\b(seqn|mrn|nhs|ssn|uuid|guid|pid|empi|u?subjid|patient barcode)\b"
)
_MAYBE_PERSON = re.compile(
    r"\b(case|study|record|sample|proband|child|mother|animal) ?(id|no|nr|num|number|code)\b"
    r"|\bbarcode\b"
)
_MOST_GROUPS = 20  # different numbers of cases or studies that may be groups
_WEIGHT = re.compile(
    r"\bwt(mec|int|saf|dr|ph|s)\w*\b"
    r"|\b(survey|sample|sampling|design|person|final|freq|mec|interview|exam) ?(weights?|wt|wgt)\b"
    r"|\b(weights?|wt) (mec|interview|exam|survey|sample|final)\b"
    r"|\b(pweight|fnlwgt|finalwt|weights|iptw|ipw)\b"
)
# Strata alone may be those of a randomisation, which are no part of a survey's design.
_STRATA = re.compile(r"\b(sdmvstra|vestrat|(survey|sampling|design) (strata|stratum))\b")
_CLUSTER = re.compile(
    r"\b(sdmvpsu|psu|vepsu|primary sampling units?|(survey|sampling) clusters?)\b"
)
_TIME = re.compile(
    r"\b(time|duration|tte|futime|fu|follow ?up|survtime|stime|permth)\b"
    r"|\b(days|months|weeks|years|mths?)$|\b(days|months|weeks|years) (to|until|of|since|from)\b"
)
_SPAN = re.compile(r"\b(os|dfs|pfs|rfs|efs|dss|dfi|pfi|ttp|survival)\b")  # an event, or its time
_EVENT = re.compile(
    r"\b(died|dead|death|deaths|deceased|mort|mortality|mortstat|event|status|outcome|target|label"
    r"|class|response|relapse\w*|recur\w*|readmi\w*|progress\w*|mi|ami|infarct\w*|heart attack"
    r"|stroke|chd|cvd|hf|heart failure|mace|fstat|diagnosis|malignan\w*|metasta\w*|sepsis|aki|icu"
    r"|complication\w*)\b"
)
_NO_EVENT = re.compile(r"\b(marital|smok\w*|employ\w*|insurance|menopaus\w*|social|work)\b")
_AMOUNT = re.compile(r"\b(outcome|target|label|response|progression|score|los|length of stay)\b")
_SENSITIVE = re.compile(
    r"\b(race|raceth|ethnic\w*|ridreth|sex|gender|female|male|riagendr|religion|nationality|migrant"
    r"|migration|language|disability|orientation|hispanic)\b"
)
_KNOWN = re.compile(
    r"\b(age|ridageyr|dob|birth\w*|yob|zip\w*|post ?code|postal ?code|county|city|town|region"
    r"|country|marital|married|dmdmartl|educ\w*|dmdeduc|occupation|job|employ\w*|income\w*|poverty"
    r"|indfmpir|household|height|language|religion|nationality)\b"
)
_CODED = re.compile(
    r"\b(code|coded|type|category|class|group|grp|status|stage|grade|level|race|ethnic\w*|raceth"
    r"|ridreth|riagendr|sex|gender|educ\w*|dmdeduc|smok\w*|marital|dmdmartl|region|site|centre"
    r"|center|arm|cohort|hospital|insurance|drug|treatment|histolog\w*|subtype)\b"
)
_FREE = re.compile(
    r"\b((first|last|sur|family|given|full|patient|maiden) ?name|^name|initials|street|address"
    r"|e ?mail|(tele)?phone|fax|comments?|notes?|remarks?|free ?text|narrative|url)$"
)
_DATE = re.compile(r"\b(date|dates|datum|dob|dod|datetime|timestamp|dtc)\b")
_DATES = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([T ]\d.*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}([T ]\d.*)?"
    r"|\d{1,2}[-. ]*[A-Za-z]{3,9}[-., ]*\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4}"
    r"|(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])"
)
_NO_ANSWER = re.compile(
    r"\W*(refused|don'?t know|do not know|unknown|no answer|missing|n/?a|none given|unspecified"
    r"|not (available|applicable|reported|evaluated|known|stated|answered))\W*",
    re.IGNORECASE,
)
_SEXES = ({"f", "m"}, {"female", "male"}, {"women", "men"}, {"woman", "man"})
_PEOPLES = re.compile(r"\b(hispanic|caucasian|african|white|black|asian)\b", re.IGNORECASE)
_MOST_CLASSES = 10
_FEW_ANSWERS = 8  # of a question whose codes have one digit
_CODES = tuple(float(digit * length) for length in range(1, 6) for digit in "789")
_NEGATIVE_CODES = frozenset(-code for code in _CODES)


def words_of(name: str) -> str:
    """The words of a column's name, in small letters and without digits.

    >>> words_of("PatientID2"), words_of("OS.time"), words_of("RIDRETH1")
    ('patient id', 'os time', 'ridreth')
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[^\W\d_]+", apart.lower()))


def roles_of(name: str, levels: Collection[str], *, numeric: bool) -> tuple[Role, ...]:
    """The roles that a column may play, by its name and its known levels, the likeliest first.

    English names, common clinical abbreviations, and the names of NHANES and TCGA are known. Body
    weight is no survey weight; a survival such as OS is a time where numeric, else an event.

    >>> roles_of("sex", ["f", "m"], numeric=False), roles_of("OS", [], numeric=True)
    (('sensitive', 'known'), ('time',))
    >>> roles_of("weight", [], numeric=True), roles_of("WTMEC2YR", [], numeric=True)
    ((), ('weight',))
    >>> roles_of("SDMVSTRA", [], numeric=True), roles_of("SDMVPSU", ["1", "2"], numeric=False)
    (('strata',), ('cluster',))
    """
    words = words_of(name)
    span = _SPAN.search(words) is not None
    told = {level.lower() for level in levels}
    sensitive = bool(_SENSITIVE.search(words)) or told in _SEXES or _are_peoples(levels)
    found: dict[Role, bool] = {
        "id": bool(_PERSON.search(words) or _MAYBE_PERSON.search(words)),
        "weight": numeric and bool(_WEIGHT.search(words)),
        "strata": bool(_STRATA.search(words)),
        "cluster": bool(_CLUSTER.search(words)),
        "time": numeric and (span or bool(_TIME.search(words))),
        "sensitive": sensitive and not numeric,
        "known": sensitive or bool(_KNOWN.search(words)),
    }
    if not any(found.values()):
        found["outcome"] = _is_outcome(words, levels, numeric=numeric, span=span)
    return tuple(role for role, fits in found.items() if fits)


def _is_outcome(words: str, levels: Collection[str], *, numeric: bool, span: bool) -> bool:
    if numeric:
        return bool(_AMOUNT.search(words))
    named = (span or _EVENT.search(words)) and not _NO_EVENT.search(words)
    return bool(named) and len(levels) <= _MOST_CLASSES


def _are_peoples(levels: Collection[str]) -> bool:
    """Whether levels name groups of origin: at least two of them do."""
    return sum(_PEOPLES.search(level) is not None for level in levels) >= 2


def tells_persons(name: str, different: int) -> bool:
    """Whether a column of so many different values tells persons apart, by its name.

    >>> tells_persons("PatNr", 15), tells_persons("study_no", 3), tells_persons("study_no", 300)
    (True, False, True)
    """
    words = words_of(name)
    sure = different > 2 and _PERSON.search(words) is not None
    return sure or (different > _MOST_GROUPS and _MAYBE_PERSON.search(words) is not None)


def names_codes(name: str) -> bool:
    """Whether numbers under this name are codes of groups rather than amounts.

    >>> names_codes("RIDRETH1"), names_codes("children")
    (True, False)
    """
    return _CODED.search(words_of(name)) is not None


def names_free_text(name: str) -> bool:
    """Whether the name says that its text is somebody's own words, name or address.

    >>> names_free_text("Last name"), names_free_text("drug_name")
    (True, False)
    """
    return _FREE.search(words_of(name)) is not None


def names_date(name: str) -> bool:
    """Whether the name says that values are dates.

    >>> names_date("visit_date"), names_date("update")
    (True, False)
    """
    return _DATE.search(words_of(name)) is not None


def is_date(text: str) -> bool:
    """Whether a text is written as a date.

    >>> is_date("2019-03-01"), is_date("1 Mar 2019"), is_date("20190301"), is_date("3.5")
    (True, True, True, False)
    """
    return _DATES.fullmatch(text.strip()) is not None


def answers_nothing(level: str) -> bool:
    """Whether a level says in words that there is no answer.

    >>> answers_nothing("[Not Available]"), answers_nothing("Don't know"), answers_nothing("no")
    (True, True, False)
    """
    return _NO_ANSWER.fullmatch(level.strip()) is not None


def codes_among(values: Iterable[float]) -> tuple[float, ...]:
    """Numbers that look like codes for "no answer": 7 and 9, 77 and 99, 999, −9 …

    They stand apart from all others: of few answers with one digit, by 2 or more; of other
    numbers, by more than half of the others' width; or below 0 where nothing else is.

    >>> codes_among([1, 2, 7, 9]), codes_among([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    ((7, 9), ())
    >>> codes_among([20, 45, 85, 99]), codes_among([0, 2, 24, 77, 99]), codes_among([-9, 0, 1])
    ((), (77, 99), (-9,))
    """
    seen = sorted(set(values))
    below = tuple(v for v in seen if v in _NEGATIVE_CODES)
    others = [v for v in seen if v not in below]
    if not others or others[0] < 0:
        below, others = (), seen
    plain = [v for v in others if v not in _CODES]
    if not plain:
        return below
    bottom, top, above = plain[0], plain[-1], []
    few = len(plain) <= _FEW_ANSWERS and all(v == int(v) for v in plain)
    for code in (v for v in others if v in _CODES and v > top):
        apart = (few and code - top >= 2) if code < 10 else code - top > max((top - bottom) / 2, 2)
        if apart:
            above.append(code)
        else:
            top = code
    return (*below, *above)
