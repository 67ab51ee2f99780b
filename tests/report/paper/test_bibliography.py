import re
import unicodedata
from functools import cache

import pytest
from pybtex.database import parse_string

from synthcraft.augment.cards import CONTROLS, descriptors
from synthcraft.catalogue import DATASETS, GENERATORS, METRICS, SELECTORS, TASKS
from synthcraft.report.paper.bibliography import bibtex, cited, entries, names
from synthcraft.spec.types import AugmentationSpec

KINDS = ("generators", "measures", "selectors", "datasets", "models", "methods", "tools")


@cache
def parsed():
    return parse_string(bibtex(entries()), "bibtex").entries


def measures():
    """Every measure that a run can have, and the source that it names."""
    shipped = (measure for card in METRICS for measure in card.measures)
    wanted = AugmentationSpec(column="sex")
    added = (measure for task in TASKS for measure in descriptors(task, wanted))
    return {measure.name: measure.source for measure in (*shipped, *added)}


@pytest.mark.parametrize(
    ("kind", "registry"),
    [("generators", GENERATORS), ("selectors", SELECTORS), ("datasets", DATASETS)],
)
def test_every_plug_in_is_cited_or_says_why_not(kind, registry):
    unknown = [card.name for card in registry if cited(kind, card.name) is None]
    empty = [name for name in names(kind) if not (cited(kind, name).cite or cited(kind, name).own)]
    gone = set(names(kind)) - set(registry.names())
    assert (unknown, empty, gone) == ([], [], set())


def test_every_measure_is_cited_or_says_why_not():
    unknown = [name for name in measures() if cited("measures", name) is None]
    bare = [
        name
        for name in measures()
        if (found := cited("measures", name)) and not (found.cite or found.own)
    ]
    assert (unknown, bare) == ([], [])


def test_what_is_cited_is_there_and_what_is_there_is_cited():
    found = {key for kind in KINDS for name in names(kind) for key in cited(kind, name).cite}
    assert found == set(entries())
    tools = {tool for kind in KINDS for name in names(kind) for tool in cited(kind, name).by}
    assert tools <= set(names("tools"))


def test_entries_are_bibtex_with_author_title_year_and_venue():
    assert set(parsed()) == set(entries())
    venues = {"journal", "booktitle", "publisher", "howpublished", "eprint"}
    for key, entry in parsed().items():
        assert {"title", "year"} <= set(entry.fields), key
        assert entry.persons.get("author"), key
        assert venues & set(entry.fields), key
        assert re.fullmatch(r"(19|20)\d\d(--(19|20)\d\d)?", entry.fields["year"]), key
        if not key.isalpha():  # nhanes, sdmetrics: no year in the key
            assert key[-4:] == entry.fields["year"], key
    dois = [entry.fields["doi"] for entry in parsed().values() if "doi" in entry.fields]
    assert all(re.fullmatch(r"10\.\d{4,9}/\S+", doi) for doi in dois)
    assert len(set(dois)) == len(dois)


def sources():
    """Sources as cards and measures name them, with what we cite for them."""
    for kind, registry in (("generators", GENERATORS), ("selectors", SELECTORS)):
        for card in registry:
            yield card.source, cited(kind, card.name).cite
    for name, source in measures().items():
        yield source, cited("measures", name).cite


def test_first_author_and_year_are_those_that_the_cards_name():
    missing = []
    for source, keys in sources():
        there = {
            (_plain(entry.persons["author"][0].last()[-1]), entry.fields["year"])
            for entry in (parsed()[key] for key in keys)
        }
        for part in re.sub(r"\(.*?\)", lambda found: found[0][1:-1], source).split(";"):
            named = re.search(r"(?:[Vv]an )?([A-Z][\w-]+).*?\b((?:19|20)\d\d)\b", part)
            if named and (_plain(named[1]), named[2]) not in there:
                missing.append((source, keys, named.groups()))
    assert missing == []


def _plain(name):
    """Letters alone, without accents or what stands for them."""
    flat = unicodedata.normalize("NFKD", re.sub(r"\\[^a-z]|[{}]", "", name))
    return re.sub(r"[^a-z]", "", flat.lower())


def test_arxiv_numbers_are_those_of_the_cards():
    for source, keys in sources():
        for number in re.findall(r"arXiv:(\d{4}\.\d{5})", source):
            there = [parsed()[key].fields.get("eprint") for key in keys]
            assert number in there or any("doi" in parsed()[key].fields for key in keys), source
            if number not in there:  # published since: the journal's own entry stands
                assert all(
                    "journal" in parsed()[key].fields or "booktitle" in parsed()[key].fields
                    for key in keys
                ), source


def test_oversampling_is_a_control():
    assert "smote_nc" in CONTROLS and cited("methods", "smote_nc").cite == ("chawla2002",)


def test_a_plug_in_of_others_is_unknown():
    assert cited("generators", "their_gan") is None
    assert cited("measures", "theirs.auroc").cite == ("hanley1982",)


def test_a_preprint_tells_its_number_in_any_style():
    for key, entry in parse_string("\n".join(entries().values()), "bibtex").entries.items():
        if number := entry.fields.get("eprint"):
            assert number in entry.fields["howpublished"], key
