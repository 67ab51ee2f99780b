"""What single messages settle: the columns' parts, and everything else of a study."""

import pytest

from synthcraft.catalogue import GENERATORS
from tests.chat.offline.cohort import settings

TARGET, TASK, TIME = "dataset.target", "dataset.task", "dataset.time"
SENSITIVE, KNOWN = "dataset.sensitive", "dataset.quasi_identifiers"
USE = "objective.use"
ACCESS, MODELS = "data access for exploration", "development of prediction models"
RELEASE, MORE = "public release with differential privacy", "augmentation of the train rows"

PARTS = {
    "predict whether someone is a smoker": {TARGET: "smoker", TASK: "classification"},
    "the outcome is tumor size": {TARGET: "tumour_size", TASK: "regression"},
    "We want to predict who dies.": {TARGET: "died", TASK: "classification"},
    "Mortality within 30 days, i.e. died": {TARGET: "died"},
    "Predict the potasium.": {TARGET: "potassium", TASK: "regression"},
    "predict death; 1 means dead": {TARGET: "died", "dataset.positive": "1"},
    "predict readmitted. The event is 0.": {TARGET: "readmitted", "dataset.positive": "0"},
    "Survival analysis: time is followup_days, event is died.": {
        TARGET: "died",
        TASK: "survival",
        TIME: "followup_days",
    },
    "We want to predict who dies and when.": {TARGET: "died", TASK: "survival"},
    "We study time to death.": {TARGET: "died", TASK: "survival", TIME: "followup_days"},
    "The event is readmission, the time followup_days": {TARGET: "readmitted", TASK: "survival"},
    "Results should be shown by gender and ethnic group.": {SENSITIVE: ["gender", "ethnic_group"]},
    "It has to work equally well for smokers and non-smokers.": {SENSITIVE: ["smoker"]},
    "Gender and ethnicity are sensitive, the postcode an outsider could know.": {
        SENSITIVE: ["gender", "ethnic_group"],
        KNOWN: ["postcode"],
    },
    "Sensitive: gender, ethnic_group. Quasi-identifiers: age, postcode.": {
        SENSITIVE: ["gender", "ethnic_group"],
        KNOWN: ["age", "postcode"],
    },
    "Sensitive is ethnc_group and gendr; attackers know agee and postcod": {
        SENSITIVE: ["ethnic_group", "gender"],
        KNOWN: ["age", "postcode"],
    },
    "age and sex are public knowledge": {KNOWN: ["age", "gender"]},
    "An employer would know age, sex and where they live.": {KNOWN: ["age", "gender"]},
    "predict readmited, etnic_group is sensitive, others may know agee and gendr": {
        TARGET: "readmitted",
        SENSITIVE: ["ethnic_group"],
        KNOWN: ["age", "gender"],
    },
    "I want to find out which generator keeps what predicts readmission.": {
        TARGET: "readmitted",
        "question": "I want to find out which generator keeps what predicts readmission.",
    },
    "nothing is sensitive": {SENSITIVE: []},
    "no quasi identifiers": {KNOWN: []},
    "drop the notes and the visit date": {"dataset.drop": ["notes", "visit_date"]},
    "patients have several rows, patient_id tells them apart": {"dataset.id": "patient_id"},
    "The minority of Black patients is too small, we want more of them": {
        SENSITIVE: ["ethnic_group"],
        USE: MORE,
    },
    "Prédire le décès, l'âge et le sexe sont connus, l'ethnie est sensible.": {
        TARGET: "died",
        KNOWN: ["age", "gender"],
        SENSITIVE: ["ethnic_group"],
    },
    "Zielgröße ist der Tod, Nachbeobachtung in followup_days.": {TARGET: "died", TASK: "survival"},
    "Queremos predecir la muerte con el tiempo en followup_days": {
        TARGET: "died",
        TASK: "survival",
    },
}
STUDY = {
    "Our students need something to practise on.": {USE: ACCESS},
    "So that external researchers can write their code.": {USE: ACCESS},
    "for method development inside our hospital": {USE: MODELS},
    "we want to develop a risk score": {USE: MODELS},
    "We want to put the rows on Zenodo for anybody.": {USE: RELEASE},
    "No real patient may appear in it.": {
        "objective.constraints.copies.measure": "exact_match_rate"
    },
    "The company must not find out who was in the study.": {
        "objective.constraints.membership.measure": "mia_distance"
    },
    "epsilon should be 3, delta 1e-6": {"privacy.epsilons": [3.0], "privacy.delta": 1e-6},
    "dp with eps 0.5 and 2": {"privacy.epsilons": [0.5, 2.0]},
    "ε = 0,5": {"privacy.epsilons": [0.5]},
    "I need a guarantee that holds mathematically.": {"privacy.epsilons": [1.0]},
    "with epsilon 2; about 2,000 patients is public": {
        "privacy.epsilons": [2.0],
        "privacy.rows": 2000,
    },
    "with epsilon 1, limit it to 4 rows per patient": {"privacy.contribution": 4},
    "under differential privacy, age 18 to 100 and potassium between 1.5 and 10": {
        "dataset.columns.age.low": 18,
        "dataset.columns.age.high": 100,
        "dataset.columns.potassium.low": 1.5,
        "dataset.columns.potassium.high": 10,
    },
    "Epsilons 0.5, 1 and 10 with mst, and arf without DP to compare": {
        "privacy.epsilons": [0.5, 1.0, 10.0]
    },
    "with epsilon 1; gender: female or male": {"dataset.columns.gender.levels": ["female", "male"]},
    "it may take ten minutes": {"budget.seconds": 600, "selector.plugin": "kg"},
    "two hours is fine": {"budget.seconds": 7200},
    "It can run over the weekend": {"budget.seconds": 48 * 3600},
    "it's for a paper in the Lancet": {"design.splits": 5, "design.replicates": 3},
    "Just a quick look.": {"design.splits": 1},
    "use 7 splits and seed 42": {"design.splits": 7, "seed": 42},
    "complete cases only": {"dataset.missing": "drop"},
    "please keep the synthetic tables": {"outputs.samples": True},
    "hazard ratio of smoking, adjusted for age and sex": {
        "metrics.estimand.params.analyses.main.model": "cox",
        "metrics.estimand.params.analyses.main.terms": ["smoker", "age", "gender"],
    },
    "Linear regression of creatinine on age and hba1c": {
        "metrics.estimand.params.analyses.main.model": "linear",
        "metrics.estimand.params.analyses.main.outcome": "creatinine",
        "metrics.estimand.params.analyses.main.terms": ["age", "hba1c"],
    },
    "the odds ratio of smoking on readmission": {
        "metrics.estimand.params.analyses.main.model": "logistic",
        "metrics.estimand.params.analyses.main.outcome": "readmitted",
        "metrics.estimand.params.analyses.main.level": "1",
    },
    "The mean potassium should be right": {
        "metrics.estimand.params.analyses.mean_potassium.model": "mean"
    },
}


@pytest.mark.parametrize(("message", "wanted"), {**PARTS, **STUDY}.items(), ids=str)
def test_a_message_settles(message, wanted):
    found = settings(message)
    assert {key: found.get(key) for key in wanted} == wanted


SILENT = [
    "What does sensitive mean?",
    "Some fall ill within 48 hours of admission.",
    "I do not want differential privacy",
    "I have a dog.",
    "We publish a paper next year.",
]


@pytest.mark.parametrize("message", SILENT)
def test_a_message_that_settles_nothing(message):
    assert set(settings(message)) <= {"", "question"}


GENERATED = {
    "aim and mst, and arf without privacy to compare": {"aim", "mst", "arf"},
    "We take AIM and independent": {"aim", "independent"},
    "private generators only": {"aim", "mst", "independent"},
    "use mst; leave the claimed ones out": {"mst"},
    "instead of ctgan take tvae": {"tvae"},
    "no ctgan, but tvae": {"tvae"},
    "compare ctagn, tvea and copulagan": {"ctgan", "tvae"},
    "the ones from the paper": {"arf", "ctgan", "adsgan", "pategan"},
    "I don't want any GANs": {"arf", "bayesian_network", "ddpm", "tvae"},
    "use everything except arf": {
        card.name
        for card in GENERATORS
        if card.dp == "none" and not card.reference and not card.given and len(card.tasks) == 3
    }
    - {"arf"},
}


@pytest.mark.parametrize(("message", "wanted"), GENERATED.items(), ids=list(GENERATED))
def test_generators_of_a_message(message, wanted):
    found = {key.split(".")[1] for key in settings(message) if key.startswith("generators.")}
    assert found == wanted


CHANGED = {
    ("predict stroke or readmission", "the outcome is died, not readmitted"): {TARGET: "died"},
    ("predict readmitted", "no, use death instead"): {TARGET: "died", TASK: "classification"},
    ("predict died", "hba1c instead"): {TARGET: "hba1c", TASK: "regression"},
    ("sex is sensitive", "ethnicity is sensitive too"): {SENSITIVE: ["gender", "ethnic_group"]},
    ("sex is sensitive", "only ethnicity is sensitive"): {SENSITIVE: ["ethnic_group"]},
    ("sex and age are sensitive", "age is not sensitive"): {SENSITIVE: ["gender"]},
    ("epsilon 1", "epsilon 3 instead"): {"privacy.epsilons": [3.0]},
    ("epsilon 1", "without differential privacy"): {"privacy.epsilons": None},
    ("ten minutes", "a standard study"): {"budget.seconds": None, "design.splits": 3},
}


@pytest.mark.parametrize(("messages", "wanted"), CHANGED.items(), ids=str)
def test_a_change_of_mind(messages, wanted):
    found = settings(*messages)
    assert {key: found.get(key) for key in wanted} == wanted


def test_generators_are_added_and_taken_out():
    def labels(*messages):
        return {key.split(".")[1] for key in settings(*messages) if key.startswith("generators.")}

    assert labels("arf and ctgan", "add tvae") == {"arf", "ctgan", "tvae"}
    assert labels("arf and ctgan", "remove ctgan") == {"arf"}
    assert labels("arf and ctgan", "replace ctgan by ddpm") == {"arf", "ddpm"}
    assert labels("arf and ctgan", "only mst") == {"mst"}
    assert labels("aim and ctgan with epsilon 1", "no differential privacy") == {"ctgan"}
