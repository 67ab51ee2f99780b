# ruff: noqa: E501
"""Words and what they mean: the one place to add a word. Data, no code.

Patterns are matched against ``words.plain`` text: small letters without accents. English first;
the key words of German, French and Spanish stand beside it.
"""

from typing import Literal

Part = Literal["outcome", "time", "id", "weight", "sensitive", "known", "drop", "keep", "few"]
"""What a column can be in a sentence; ``few``: its groups are to be augmented."""

CUES: dict[Part, str] = {
    "outcome": r"predict\w*|forecast\w*|outcome|target|end ?-?point|dependent variable|classify"
    r"|prognos\w+|risk of|who (?:gets|develops|dies)|the event(?: of)?|event(?= is| was| column| indicator|:)"
    r"|vorher\w+|zielgrosse|zielvariable|zielspalte|endpunkt|predire|prevoir|prediction|cible"
    r"|critere|predecir|prediccion|objetivo|desenlace|variable dependiente|variable d'interet",
    "time": r"follow[- ]?up(?: time)?|time to|time until|survival time|duration|censored at"
    r"|the time|and time|time (?:of|column|variable)|time(?= is| in\b|:)|how long|observed"
    r"|(?:days|months|years) (?:until|to|since|of)|nachbeobachtung\w*|beobachtungszeit|suivi"
    r"|duree|seguimiento|tiempo",
    "id": r"\bids?\b|identifier|identifies|(?:patient|person|subject|case|record|chart|study)'?s? (?:number|code)"
    r"|tells? (?:\w+ ){1,2}apart|several rows|more than one row|kennung|identifiant"
    r"|identificador",
    "weight": r"(?:survey|sampling|sample) weights?|weighted by|weights? (?:is|are|stand)",
    "sensitive": r"sensitiv\w*|protected|by group|sub-?groups?|fair\w*|equit\w*|disparit\w*"
    r"|shown (?:\w+ )?by|separately|equally well|(?:just )?as well (?:for|in)|works? (?:\w+ )?for"
    r"|broken down by|stratified by|across|minorit\w+|differ(?:s|ences?)? (?:by|between)"
    r"|discriminat\w*|schutzenswert\w*|sensibel\w*|sensible\w*|empfindlich\w*|heikel|delicat\w*",
    "known": r"[qc]uasi[- ]?identif\w*|attackers?|outsiders?|intruders?|neighbou?rs?"
    r"|(?:could|may|might|would|can) (?:already )?know|already knows?|publicly known"
    r"|known (?:to|about|publicly|from outside)|(?:others|people|anyone|anybody|everyone|everybody"
    r"|colleagues|employers?) (?:\w+ )?(?:knows?|(?:could|can|may|might) (?:find|look|guess))"
    r"|(?:he|she|they|one) knows?|kenn\w*|public knowledge|look(?:ed)? up|found in|(?:is|are) known|easy to find out"
    r"|angreifer|aussenstehende\w*|bekannt|attaquant|connu(?:e|s|es)?|conoc\w+|atacante",
    "drop": r"leave out|leave (?:\w+ ){1,4}out|leaving out|drop|exclude|excluding|ignore|remove|get rid of|do not use"
    r"|don't use|without the columns?|weglassen|weg lassen|ignorier\w+|exclure|ignorer|excluir",
    "keep": r"use only|only use|only the columns?|keep only|only keep|restrict(?:ed)? to|nur die"
    r" spalten|seulement les colonnes|solo las columnas",
    "few": r"augment\w*|under-?represent\w*|(?:too|so|only|very) (?:a )?few|hardly any|few (?:\w+ ){0,2}(?:patients|people|cases|rows)|add(?:ing)? (?:\w+ )?"
    r"(?:rows|patients|people|persons)|more (?:rows|patients|people) (?:of|from|for|in)"
    r"|over-?sampl\w*|boost|(?:small|tiny|rare) (?:\w+ )?minorit\w+|(?:small|rare) (?:sub-?)?groups?"
    r"|minorit\w+ (?:\w+ ){0,5}(?:too )?(?:small|few|little|rare)|unterreprasentiert\w*|zu wenige?|sous-represent\w*"
    r"|trop peu|infrarrepresent\w*|muy poc[oa]s",
}
"""How a sentence says what part the columns in it play."""

STRONG_OUTCOME = r"predict(?:s|ed|ing)?|outcome|target|end ?-?point|vorhers\w+|predire|predecir"
"""Words after which an outcome must follow: where none is found, the answer says so."""

SURVIVAL = (
    r"survival|time[- ]to[- ]event|time (?:to|until) (?:death|relapse|event)|hazard|kaplan|cox\b"
    r"|censor\w*|and when\b|how (?:long|soon) (?:\w+ ){0,4}(?:lives?|survives?|until|before|die|to)"
    r"|when (?:\w+ ){0,2}(?:dies?|relapses?)|uberleben\w*|survie|supervivencia"
)
NOT_PREDICTED = r"for|among|within|across|by|between|bei|chez|entre|fur|pour|para"
"""Words after "prediction", behind which people stand and not what is predicted."""
UNTIL = r"(?:time|days|months|years|how long) (?:to|until)|zeit bis|delai"
"""Words after which the event stands, not the time."""
TASKS = {
    "survival": SURVIVAL,
    "regression": r"regression (?:task|problem|model)|as a (?:number|regression)|numeric outcome"
    r"|continuous outcome|it is (?:a )?regression|^regression$",
    "classification": r"classif\w+|yes or no|binary|two classes|klassifi\w+|clasific\w+",
}

DOSES = (
    r"doses?|add(?:ed|ing|s)?|augment\w*|as many|extra|increas\w*|doubl\w*|twice|tripl\w*|three times"
    r"|equal\w*|as (?:large|big)|same size|balanc\w*|dosen|hinzu\w*|verdoppel\w*|doubler|duplicar"
)
"""Words of a sentence that may tell how many rows a group gets."""
FOLDS = {
    r"doubl\w*|twice (?:as many|the)|as many again|verdoppel\w*|doubler|duplicar": 100.0,
    r"tripl\w*|three times (?:as many|the)": 200.0,
}
"""How many rows there are afterwards, and the dose in percent that makes it so."""
EQUAL_GROUPS = (
    r"as (?:large|big|many|numerous|frequent) as (?:the )?(?:largest|biggest|majority|others?|men|women)"
    r"|equal(?:ly)? (?:large|big|sized?|many|groups?)|(?:same|equal) sizes?|balanc(?:e|ed|ing) (?:the )?groups?"
    r"|until (?:they|the groups|all) are (?:equal|balanced)|gleich gross"
)
"""That groups are to become equally large."""

REPLACE = r"replace|swap|exchange|ersetz\w*|remplace\w*|reemplaz\w*"
INSTEAD = (
    r"\binstead\b|\brather\b|\bchange (?:it|that|this|the \w+)? ?to\b|\bswitch to\b|\bmake it\b"
    r"|\bi meant\b|\bstattdessen\b|\bdoch lieber\b|\bplutot\b|\bmejor\b|\ben vez\b|\bactually\b"
)
HAPPENED = (
    r"events?|positive|cases?|happened|yes|dead|died|death|deceased|readmitted|relapsed?|diseased?"
    r"|sick|ill|ereignis|gestorben|verstorben|tod|evenement|decede|muerte|fallecido|evento|recaida"
)
"""Words for that the outcome occurred."""
NOT = (
    r"\b(?:not|no|nobody|none|without|never|neither|nor|except|but not|don't|do not|doesn't|isn't|aren't"
    r"|shouldn't|instead of|rather than|ohne|nicht|kein\w*|sans|pas|sin|ningun\w*)\b"
)
ONLY = r"\bonly\b|\bjust\b|\bnothing but\b|\bnur\b|\bseulement\b|\bsolo\b|\binstead\b"
ALSO = r"\balso\b|\badd\b|\bplus\b|\bas well\b|\btoo\b|\bauch\b|\baussi\b|\btambien\b"
NOTHING = (
    r"\b(?:none|nothing|no (?:columns?|one)|not any|nobody|keine?|nichts|aucune?|rien|ninguna?"
    r"|nada)\b"
)

YES = (
    r"y|yes|yep|yeah|sure|ok|okay|fine|right|correct|agreed|good|sounds good|that is (?:right|fine"
    r"|ok)|that's (?:right|fine|ok)|please do|do that|go ahead|accept|ja|genau|gern|oui|d'accord|si"
    r"|claro|vale|de acuerdo"
)
NO = r"n|no|nope|not really|no thanks?|no,? thank you|nein|nein danke|non|non merci|no gracias"
UNKNOWN = (
    r"(?:i )?(?:do not|don't|dont) know|no idea|not sure|unsure|i am not sure|i'm not sure|whatever"
    r"|you (?:choose|decide|pick)|up to you|your choice|what(?:ever)? you (?:think|suggest"
    r"|recommend|propose)|as you (?:like|think)|(?:the )?defaults?|use (?:the )?defaults?"
    r"|(?:the )?(?:usual|standard|normal)(?: ones?)?|skip|next|don't care|any|anything"
    r"|weiss (?:ich )?(?:es )?nicht|ich weiss (?:es )?nicht|keine ahnung|egal|je ne sais pas"
    r"|aucune idee|no (?:lo )?se|ni idea|da igual"
)
"""Whole messages or sentences."""
DEFAULTS = (
    r"defaults?|usual\w*|standard|whatever|you (?:choose|decide|suggest|recommend|propose)|normal|up to"
    r" you|ublich\w*|habituel\w*|habitual\w*"
)
ROW_IS_PERSON = (
    r"(?:one|each|every|a) (?:row|line|record|entry) (?:is|=|per|for|stands for|belongs to|means)"
    r" (?:\w+ ){0,2}(?:person|patient|adult|participant|woman|man|child|people|sample|individual)s?"
    r"|(?:one|each|every|a) (?:person|patient|adult|participant|individual) (?:is|has|per|stands"
    r"|comes|appears) (?:\w+ ){0,3}(?:once|one (?:row|line|record)|a row|row)"
    r"|(?:jede|eine) zeile ist|chaque ligne est|cada fila es"
)
"""That a row is a person, said unasked."""
COMMON_ANSWERS = r"(?:one |each |a |per )*(?:row|person|patient|people|visit|sample)s?(?: (?:is|per|a|one|each|person|patient|row))*"
"""What a row is, where no column is meant by it."""

SMALL_TALK = (
    r"hi|hello|hey|good (?:morning|afternoon|evening)|thanks?|thank you|many thanks|great|perfect"
    r"|nice|please|hallo|guten (?:tag|morgen)|danke|bonjour|merci|hola|buenos dias|gracias|dear .*"
    r"|(?:(?:hi|hello|hey|hallo)[,!]? )?(?:i am|i'm|we are) an? [\w -]+|my name is .*|i do not program|i can't code"
)
DONE = (
    r"(?:that is|that's) (?:all|it)|done|finish(?:ed)?|save(?: it)?|i am done|i'm done|nothing else"
    r"|ready|run it|let us (?:start|run)|go|fertig|das ist alles|c'est tout|termine|eso es todo"
)
SUMMARY = r"summary|summari[sz]e|show (?:me )?(?:it|the spec|everything)|what do (?:we|you) have"
BACK = r"go back|undo|take (?:that|it) back|back|previous|zuruck|retour|revenir|atras|deshacer"
HELP = r"help|what can (?:i|you) (?:say|do)|hilfe|aide|ayuda"

QUESTION = (
    r"^(?:which|can|could|do|does|is|are|will|would|how|what|welche|kann|konnen|peut|quel\w*"
    r"|puede\w*|cual\w*)\b.*\?$"
    r"|\b(?:i|we) (?:want|would like|wish|need|hope|plan|try|are trying|am trying|'d like) to\b"
    r"|\band (?:want|would like|wish|need|hope) to\b"
    r"|\bmy (?:aim|goal|question)\b|\bour (?:aim|goal|question)\b|\bthe (?:aim|goal|question) is\b"
    r"|\bich (?:will|mochte)\b|\bwir (?:wollen|mochten)\b|\bje (?:veux|voudrais)\b"
    r"|\bnous (?:voulons|voudrions)\b|\b(?:quiero|queremos|quisiera)\b"
)
"""A sentence that tells what the study is about, if one of its words is of our field."""
FIELD = (
    r"generat\w+|synth\w+|predict\w*|models?|train\w*|share|sharing|released?|copy|privacy|compar\w+"
    r"|learn\w*|surviv\w*|associat\w+|risk|augment\w*|fair\w*|vorhers\w+|predire|predecir|surviv\w*"
)

# What the researcher names, and by which other names columns have it. A column belongs to a group
# where its name or label is one of the group's terms; any other term in a message then means it.
SYNONYMS: tuple[tuple[str, ...], ...] = (
    ("heart attack", "mi", "ami", "myocardial infarction", "infarction", "infarct", "herzinfarkt",
     "infarctus", "crise cardiaque", "infarto", "ataque al corazon"),
    ("stroke", "cva", "apoplexy", "schlaganfall", "avc", "ictus", "derrame cerebral"),
    ("heart failure", "hf", "chf", "herzinsuffizienz", "insuffisance cardiaque"),
    ("coronary heart disease", "chd", "cad", "coronary artery disease"),
    ("diabetes", "diabetic", "t2d", "t2dm", "dm", "diabete", "zuckerkrankheit"),
    ("hypertension", "htn", "high blood pressure", "bluthochdruck"),
    ("chronic kidney disease", "ckd", "renal insufficiency"),
    ("cancer", "tumour", "tumor", "malignancy", "krebs", "cancer diagnosis"),
    ("death", "died", "dead", "mortality", "dies", "die", "deceased", "mort status", "vital status",
     "death event", "survived", "mortstat", "gestorben", "tod", "deces", "mort", "muerte",
     "mortalidad", "sterblichkeit"),
    ("relapse", "recurrence", "recurred", "rezidiv", "rechute", "recaida"),
    ("readmission", "readmitted", "re-admission", "rehospitalisation", "rehospitalization",
     "wiederaufnahme"),
    ("age", "how old", "age in years", "years of age", "alter", "edad", "age at entry"),
    ("sex", "gender", "geschlecht", "geschl", "sexe", "sexo", "men and women"),
    ("ethnicity", "ethn", "ethnic group", "race", "race ethnicity", "ethnic", "ethnic background",
     "racial group", "ethnie", "ethnizitat", "ethnische gruppe", "herkunft", "origine ethnique",
     "etnia", "raza", "etnicidad"),
    ("education", "schooling", "educational level", "education level", "bildung", "educacion"),
    ("income", "income ratio", "poverty ratio", "poverty", "einkommen", "revenu", "ingresos"),
    ("postcode", "zip", "zip code", "zipcode", "postal code", "plz", "postleitzahl",
     "code postal", "codigo postal"),
    ("bmi", "body mass index", "bodymassindex", "imc"),
    ("waist", "waist circumference", "taille"),
    ("sbp", "systolic", "systolic blood pressure", "systolic pressure", "systolisch"),
    ("dbp", "diastolic", "diastolic blood pressure", "diastolic pressure", "diastolisch"),
    ("total chol", "total cholesterol", "cholesterol", "chol", "tc", "cholesterin"),
    ("hdl", "hdl cholesterol", "hdl c", "good cholesterol"),
    ("ldl", "ldl cholesterol", "ldl c", "bad cholesterol"),
    ("hba1c", "glycated haemoglobin", "glycated hemoglobin", "glycohemoglobin", "a1c"),
    ("glucose", "blood sugar", "blood glucose", "blutzucker"),
    ("smoking", "smoker", "smokers", "smoke", "tobacco", "smoking status", "rauchen", "raucher",
     "tabac", "tabaquismo"),
    ("alcohol", "drinking", "alkohol"),
    ("treatment", "therapy", "arm", "treatment arm", "trt", "rx", "behandlung", "traitement",
     "tratamiento"),
    ("region", "state", "county", "district"),
    ("hospital", "site", "centre", "center", "clinic", "krankenhaus", "hopital"),
    ("language", "mother tongue", "sprache", "langue"),
    ("religion", "faith"),
    ("hiv", "hiv status"),
    ("insulin", "takes insulin", "insulin use"),
    ("marital status", "married", "familienstand"),
    ("occupation", "job", "profession", "beruf"),
    ("date of birth", "dob", "birth date", "birthday", "geburtsdatum"),
    ("patient id", "patient number", "subject id", "participant id", "person id",
     "seqn", "mrn", "patient identifier", "patientennummer"),
    ("follow up", "follow up time", "followup", "followup time", "survival time", "futime",
     "survival months", "survival days", "overall survival"),
)  # fmt: skip
TOO_COMMON = frozenset(
    {"patient", "site", "state", "center", "centre", "male", "female", "race", "arm", "die", "tod"}
)
"""Terms that inside a longer name say little of what it means."""
COMMON_WORDS = frozenset(
    {"a", "i", "x", "y", "z", "or", "no", "in", "is", "as", "at", "on", "to", "by", "do", "be", "we",
     "os", "it", "id", "time", "group", "groups", "event", "status", "outcome", "target", "weight",
     "data", "value", "test", "class", "label", "stage", "grade", "date", "rows", "row", "people",
     "number", "note", "notes", "score", "unit", "year", "years", "case", "cases", "control", "month",
     "months", "days", "study", "visit", "result", "type", "level", "name", "state", "die", "arm",
     "site", "male", "female", "patient", "table", "mean", "index", "code", "dead", "use", "private"}
)  # fmt: skip
"""Names that are also ordinary words: meant as columns only beside a word that says so."""
LABEL_OPENING = (
    r"^(?:ever |been |was |has |have |had |told |of |to |a |an |the |by |doctor |takes )+"
)
"""What a label says before it names something."""

ALIASES: dict[str, str] = {
    "arf": r"arf|adversarial (?:random )?forests?|random forests?|forests?",
    "bayesian_network": r"bayes(?:ian)?[ _-]?net(?:work)?s?|bayes-?netz|reseaux? bayesiens?"
    r"|red(?:es)? bayesianas?",
    "ctgan": r"ct[ -]?gan|conditional (?:tabular )?gan",
    "adsgan": r"ads[ -]?gan",
    "pategan": r"pate[ -]?gan",
    "dpgan": r"dp[ -]?gan",
    "tvae": r"t[ -]?vae|(?:tabular )?variational auto-?encoders?|vae",
    "rtvae": r"rt[ -]?vae",
    "nflow": r"n[ -]?flow|normali[sz]ing flows?",
    "ddpm": r"(?:tab)?[ -]?ddpm|(?:tabular )?diffusion(?: models?)?",
    "privbayes": r"priv[ -]?bayes",
    "mst": r"mst",
    "dp_ar": r"dp[ _-]?ar",
    "aim_synthcity": r"aim[ _]synthcity|synthcity's aim",
    "survival_gan": r"survival[ _-]?gan",
    "survae": r"sur[ _-]?vae|survival[ _-]?vae",
    "survival_ctgan": r"survival[ _-]?ctgan",
    "survival_nflow": r"survival[ _-]?n?flow",
    "independent": r"independent marginals?|noisy marginals?",
}
"""How generators are called; ``aim`` is an ordinary word, too, and counts in capitals alone."""
FAMILIES: dict[str, tuple[str, ...]] = {
    r"\bgans\b|\bgan models?\b|\ball gans?\b": ("ctgan", "adsgan"),
    r"\bvaes\b": ("tvae", "rtvae"),
    r"\bneural networks?\b|\bdeep(?: learning)?\b|\bnetworks only\b": ("ddpm", "tvae", "ctgan"),
    r"\ba gan\b": ("ctgan",),
    r"\bsurvival (?:ones|generators|models|methods)\b": (
        "survival_gan",
        "survae",
        "survival_ctgan",
        "survival_nflow",
    ),
    r"\bclaimed (?:ones?|generators?)|\bunverified (?:ones?|generators?)": (
        "dpgan",
        "pategan",
        "privbayes",
        "aim_synthcity",
    ),
    r"\btrees\b|\btree[- ]based\b": ("arf",),
}
WISHES: dict[str, tuple[str, ...]] = {
    r"(?:as in|in|from|of) the (?:synthcraft )?(?:paper|article|publication)|callender|like the paper"
    r"|paper's generators": ("arf", "ctgan", "adsgan", "pategan"),
    r"\b(?:fast|quick|cheap|simple|light)\w*(?: \w+)? (?:ones?|generators?|models?|methods?)"
    r"|^(?:the )?(?:fast|quick|cheap|simple)\w* ones?$": ("arf", "bayesian_network"),
}
EVERY = (
    r"\beverything(?= except| but|$)|\ball (?:of them|generators|available|there are|you have)|\beverything you have"
    r"|\bevery generator|^all$|alle generatoren|tous les generateurs|todos los generadores"
)
PRIVATE_ONES = (
    r"\bprivate (?:ones?|generators?|methods?|models?)|\bdp (?:ones?|generators?|methods?)"
    r"|\bgenerators? with (?:differential privacy|dp)|^(?:the )?private(?: ones?)?$"
)
OTHER_GENERATORS = (
    r"copula ?gan|gaussian ?copula|copulas?|med ?gan|tab ?gan|table ?gan|octgan|great|tabsyn"
    r"|tab ?syn|stasy|codi|smote|synthpop|real ?tab ?former|medwgan|ehr-?gan|goggle|tabpfn"
    r"|dp-?merf|patectgan|pate-?ctgan|dp-?ctgan|privsyn|gem|rap|wgan|cgan|medbgan|corgan|gpt"
)

PURPOSES: dict[str, str] = {
    "augmentation": r"augment\w*|fill up (?:the )?(?:small|minority)|enlarge (?:the|our) (?:small|"
    r"minority)|aufstocken|anreicher\w+",
    "dp_release": r"(?:public|open)(?:ly)? (?:data ?)?(?:release|available|accessible|share\w*|data ?set"
    r"|download)|release\w*|zenodo|figshare|kaggle|dryad|github|(?:made?|making|be) (?:\w+ ){0,2}public"
    r"|for (?:anybody|everybody|anyone|everyone)|publish(?:ing|ed)? (?:it|them|the (?:data|table|rows|synthetic)"
    r"|(?:a )?synthetic|as open)|open data|on the (?:internet|web)|veroffentlich\w*|publicar"
    r"|publier|difusion publica",
    "model_development": r"(?:develop|train|build|fit|tun)\w* (?:\w+ ){0,4}(?:models?|algorithms?"
    r"|scores?|classifiers?|tools?|methods?)|method\w* (?:development|research)|model (?:development|building|training)|machine learning|modelle? "
    r"(?:zu )?(?:entwickel|trainier)\w+|modellentwicklung|developp\w+ (?:\w+ ){0,3}modeles?"
    r"|entrain\w+ (?:\w+ ){0,3}modeles?|desarroll\w+ (?:\w+ ){0,3}modelos?|entrenar",
    "data_access": r"(?:data )?access|shar(?:e|ed|ing)|(?:giv|hand)\w* (?:\w+ ){0,4}(?:to|others|out"
    r"|access)|(?:other|external|outside) (?:\w+ )?(?:researchers?|teams?|groups?|hospitals?|universities"
    r"|people|institut\w+|centres?|centers?|analysts?)|collaborators?|(?:go|goes|sent|pass\w*) to"
    r"|be able to (?:use|analy[sz]e|see|work)|leaves? (?:the|our) (?:house|hospital|building|clinic)"
    r"|colleagues|partners?|students|teaching|explor\w+|weitergeb\w*|weiterzugeben|teilen|zugang"
    r"|partag\w*|acces|compartir|acceso",
}
"""Objective presets by what is said of the purpose; the stricter of two is taken."""
NOT_A_RELEASE = r"publish (?:a |the |our )?(?:paper|article|results|study|findings)|press release"

FEARS: dict[str, tuple[str, str, float, str]] = {
    r"cop(?:y|ies|ied|ying)|duplicat\w*|real (?:rows?|patients?|people|persons?|records?)|memori[sz]\w*"
    r"|reproduc\w+ (?:a |any )?(?:real|patient)|kopie\w*|copie\w*|copia\w*": (
        "copies", "exact_match_rate", 0.01, "rows that are copies of train rows",
    ),
    r"re-?identif\w*|singl\w+ out|recogni[sz]\w*|found out|identifiab\w*|identif(?:y|ied)"
    r"(?: a| any)?(?: single)? (?:person|patient|individual)\w*|identifizier\w*|wiedererkann\w*"
    r"|reidentifi\w*|nobody (?:can|may|must) be": (
        "singled_out", "singling_out", 0.05, "attacks that single somebody out",
    ),
    r"link\w*|joined with": ("linked", "linkability", 0.05, "attacks that link two files"),
    r"member\w*|(?:that|whether) (?:somebody|someone|a person|a patient) (?:was|is|took part)"
    r"|took part|who (?:was|were|is|are|took part|participated)": (
        "membership", "mia_distance", 0.1, "attacks that tell who was among the train rows",
    ),
    r"infer\w*|guess\w* (?:the |a )?(?:diagnos|secret|attribut|status)\w*|learn\w*"
    r"|attribute disclosure": (
        "secrets", "attribute_inference", 0.05, "attacks that guess a person's secret",
    ),
    r"too (?:near|close|similar)|near(?:est|er) to real": (
        "nearness", "dcr_share", 0.05, "rows that are nearer to train rows than chance has it",
    ),
    r"(?:minorit\w+|groups?|women|subgroups?) (?:\w+ ){0,4}(?:wors\w*|fail\w*|los\w*|suffer\w*"
    r"|disappear\w*|vanish\w*|smaller|diminish\w*)|lose (?:the )?minorit\w+": (
        "groups", "representation", -0.8, "the share that the worst represented group keeps",
    ),
}  # fmt: skip
"""What must not happen: label, measure and limit (below 0: at least its amount), told in words."""
MUST_NOT = (
    r"must not|must never|should not|shouldn't|may not|mustn't|cannot|can't|can not|avoid|prevent"
    r"|not happen|unacceptable|\bno\b|\bnobody\b|\bnever\b|worr\w+|afraid|fear|concern\w*|protect"
    r"|darf (?:nicht|kein\w*|niemand)|keinesfalls|ne (?:doit|doivent) pas|personne ne|no debe\w*"
    r"|nadie|without"
)

PRIVACY = (
    r"differential(?:ly)?[- ]priva\w+|\bdp\b|formal (?:privacy )?(?:guarantee|privacy)|\bdp-"
    r"|differenti?elle (?:privat\w+|privacy)|privat\w+ differenti\w+|confidentialite differentielle"
    r"|privacidad diferencial|mathematical(?:ly)? (?:\w+ ){0,3}(?:guarantee\w*|pro[ov]\w+|privacy)"
    r"|guarantee\w* (?:\w+ ){0,3}mathemat\w+|provabl[ey] priva\w+|proof of privacy"
    r"|mathematisch\w* garantie|garantie (?:formelle|mathematique)|garantia (?:formal|matematica)"
)
PUBLIC = (
    r"public\w*|publish\w*|official\w*|may be (?:told|stated|known)|no secret|not (?:a )?secret|known"
    r"|round figure|stated|you (?:can|may) (?:say|state)|offentlich|oficial\w*|officiel\w*"
)
PEOPLE = (
    r"rows?|patients?|people|persons?|participants?|records?|subjects?|individuals?|adults?|women|men"
    r"|children|cases|samples|patienten|personen|zeilen|patientinnen|lignes?|personnes?|filas"
    r"|pacientes|personas"
)

SECONDS = {
    r"sec\w*|sekunden?|segundos?|secondes?": 1,
    r"min(?:ute)?s?|minuten?|minutos?": 60,
    r"h|hrs?|hours?|stunden?|heures?|horas?": 3600,
    r"days?|tage?n?|jours?|dias?": 86_400,
}
AMOUNTS = {
    "half an": 0.5, "half a": 0.5, "a couple of": 2, "a few": 3, "a": 1, "an": 1, "one": 1,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "fifteen": 15,
    "twenty": 20, "thirty": 30, "forty": 40, "sixty": 60, "eine halbe": 0.5, "eine": 1, "einer": 1,
    "zwei": 2, "drei": 3, "funf": 5, "zehn": 10, "une": 1, "deux": 2, "cinq": 5, "dix": 10,
    "una": 1, "dos": 2, "cinco": 5, "diez": 10,
}  # fmt: skip
OCCASIONS = {
    r"over ?night|uber nacht|pendant la nuit|durante la noche|by tomorrow": 8 * 3600,
    r"over the weekend|this weekend|ubers wochenende|le week-?end|fin de semana": 48 * 3600,
    r"(?:over )?(?:the )?lunch(?: break)?|coffee break": 3600,
    r"(?:an|the|this|one) afternoon|half a day|einen nachmittag": 4 * 3600,
}
CLINICAL_TIME = (
    r"admission|admitted|after|before|since|surgery|dose|sleep\w*|discharge\w*|aufnahme|nach"
    r"|admission|despues|apres"
)
"""Words beside which a time is about patients, not about the study."""
PACES = {
    "paper": r"for (?:a |the |our )?(?:paper|publication|print|journal|manuscript|thesis|article)"
    r"|publication[- ](?:quality|grade|ready)|publishable|thorough\w*|grundlich|as good as possible"
    r"|one for print|^print$|^paper$|for print|fur (?:eine |die )?(?:publikation|veroffentlichung)"
    r"|pour (?:un article|une publication)|para (?:un articulo|una publicacion)",
    "quick": r"quick(?:ly)?(?: look| check| one| test| try| run)?|a first look|rough(?:ly)?|just a look"
    r"|short|as fast as possible|a look|schnell\w*|kurz|rapid\w*|coup d'oeil|vistazo",
    "standard": r"standard(?: study)?|normal(?: study)?|ordinary|regular|medium|usual",
}

ANALYSES = {
    "cox": r"hazard ratios?|cox (?:model|regression)?|log[- ]hazards?",
    "logistic": r"odds[- ]ratios?|logistic(?: regression)?|log[- ]odds",
    "linear": r"linear (?:regression|model)|slope|least squares",
    "mean": r"(?<!i )(?<!you )means?|averages?|mittelwerte?|moyennes?|prevalences?|proportions? of"
    r"|share of (?:people|patients)",
    "": r"(?:regression )?coefficients?|regression of|associations? (?:of|between|with)|effects? of"
    r"|relations?(?:hip)? (?:of|between)|zusammenhang|association entre|asociacion",
}
"""Kinds of analyses by how they are asked for; the one without a name follows the outcome."""

ADJUSTED = (
    r"\b(?:adjust\w*|controll?\w*|correct\w*|account\w*|given|bereinigt|ajuste\w*|ajustad\w*)\b"
)
EXPLAINS = r"\b(?:on|for|with|and the risk of|auf|sur|sobre|predicting|against)\b"
"""Words between what explains and what is explained; after them stands the outcome."""
HOSTILE = {
    r"/etc/|\bpasswd\b|\bother files?\b|\bread (?:the |my |a )?(?:files?|folder|disk)|\bc:\\|~/|\.\./": (
        "I read no file but the table that you name yourself, and only on this computer."
    ),
    r"(?:show|send|print|list|give) (?:me )?(?:\w+ ){0,3}(?:first |raw |real )?(?:rows?|records|patients"
    r"|lines|cells|values of)\b(?! are)": (
        "I never see or show rows of the table: I know its columns only, by a coarse profile."
    ),
    r"\b(?:execute|run|eval|import)\b.{0,20}(?:code|script|command|shell|python|\bos\b|subprocess)"
    r"|\brm -|\bsudo\b|os\.system|_target_": (
        "I cannot run anything: this conversation only writes a specification."
    ),
    r"ignore (?:\w+ ){0,3}(?:instructions|rules|checks)|system prompt|jailbreak|disregard": (
        "My rules are fixed; I go on with your study."
    ),
    r"\b(?:upload|e-?mail|post)\b.{0,40}(?:data|rows|table|to http)|https?://": (
        "I send nothing anywhere: offline, all of this stays on this computer."
    ),
}
"""What is never done, and what is answered."""

EXACT = r"(?:must|should|has to|needs? to) (?:be |stay |remain )?(?:\w+ )?(?:exact\w*|identical|the same)"

SAMPLES = (
    r"\b(?:keep|save|store|export|download|behalten|speicher\w*|garder|conserver|guardar)\b.{0,40}"
    r"\b(?:synthetic|samples?|synthetisch\w*|synthetiques?|sinteticos?)"
)
NUMBERS: dict[str, tuple[tuple[str, ...], float]] = {
    r"(\d+) (?:\w+ )?splits?\b": (("design", "splits"), 1),
    r"(\d+) (?:replicates?|repeats?|repetitions?|generator seeds?)\b": (("design", "replicates"), 1),
    r"\bseed (?:of |= ?|is |to )?(\d+)": (("seed",), 1),
    r"(\d+) synthetic (?:rows|patients|people|records)": (("design", "synthetic_rows"), 1),
    r"(\d+(?:\.\d+)?) ?(?:%|percent|per cent) (?:\w+ ){0,3}hold-?out"
    r"|hold-?out (?:\w+ ){0,3}?(\d+(?:\.\d+)?) ?(?:%|percent|per cent)": (
        ("design", "fractions", "holdout"), 0.01,
    ),
    r"total epsilon (?:\w+ ){0,4}?(\d+(?:\.\d+)?)": (("privacy", "max_total_epsilon"), 1),
    r"(?:at most|up to|no more than|max\w*(?: of)?|limit\w* (?:\w+ ){0,2}to) (\d+|two|three|four|five)"
    r" (?:rows|visits|records|measurements|times)(?: (?:of|per|from|for|each|a|one|every))*"
    r"(?: (?:person|patient)|$|[.,;])"
    r"|(?:each|every|one|a) (?:person|patient) (?:\w+ ){0,2}(?:at most|up to) (\d+|two|three|four|five)": (
        ("privacy", "contribution"), 1,
    ),
    r"(?:los\w+|worse) (?:\w+ ){0,4}?(?:more than |at most )?(\d?\.\d+) (?:\w+ )?(?:auroc|auc|r2)": (
        ("objective", "non_inferiority"), 1,
    ),
}  # fmt: skip
"""Plain settings: a number's pattern, the setting, and the factor to its unit."""
MISSING = {
    "drop": r"complete cases?|drop (?:\w+ ){0,3}missing|without missing|vollstandige falle",
    "impute": r"imput\w+|fill (?:in )?(?:the )?(?:gaps|missing)",
    "model": r"keep (?:the )?missing|missing (?:values )?(?:as they are|stay)|model (?:the )?missing",
}
GPU = r"\b(?:use|on|have|with) (?:a |the |our )?(?:gpu|cuda|graphics card)"

ASKS_MEANING = (
    r"^(?:and |but |so |ok(?:ay)?,? |sorry,? |wait,? |please )*(?:what(?:'s| is| are| does| do)|explain"
    r"|what would|meaning of|was (?:ist|sind|bedeutet|heisst)|erklar\w*|qu'est-ce que?|c'est quoi"
    r"|que (?:es|significa|son)|can you explain|could you explain|tell me (?:about|more about)"
    r"|i (?:do not|don't) (?:understand|know) what|how does|define)\b"
)
ASKS_WHY = r"^(?:but |and )?(?:why|warum|wieso|pourquoi|por que|what for|wozu)\b"
ASKS_LIST = {
    "generators": r"(?:which|what|list|show)\b.{0,25}\bgenerators?\b|what can i choose",
    "columns": r"(?:which|what|list|show)\b.{0,25}\b(?:columns?|variables?|spalten|colonnes)\b",
    "measures": r"(?:which|what|list|show)\b.{0,25}\b(?:metrics?|measures?)\b",
    "tables": r"(?:which|what|list|show)\b.{0,25}\b(?:built-?in|data ?sets?|tables?)\b",
}
COMMON_QUESTIONS = {
    r"\b(?:safe|sent|send|leave|upload|cloud|internet|who (?:sees|can see)|confidential)\b.*"
    r"(?:data|it|they|them|anything|computer|file|rows)|(?:data|it|file|rows)\b.*\b(?:safe|sent"
    r"|uploaded|confidential)": "Nothing leaves this computer: these rules need no network, and they "
    "know the table by its coarse profile only. The run and its report stay here, too.",
    r"how (?:long|much time)\b.*(?:take|last|run|need)": "That depends on generators, splits and the "
    "table: /save tells how long this computer is likely to need, before anything runs.",
    r"how (?:many|much) (?:questions|longer|more)": "A few: at most two at a time, and each may be "
    "left to the default.",
    r"are you (?:a |an )?(?:human|robot|machine|ai|person|model)": "No: fixed rules that read plain "
    "sentences.",
}
"""Questions that researchers ask about the conversation itself."""
GLOSSARY: dict[str, str] = {
    r"epsilon|\beps\b|ε": "Epsilon bounds how much any one person can change what is released: the "
    "odds of any conclusion change by at most the factor e^epsilon (1: 2.7; 3: 20; 10: 22,026). "
    "Smaller is safer and noisier.",
    r"delta|δ": "Delta is the small chance with which the promise of epsilon may fail. It must be "
    "far below one in the number of people; 0.00001 or less is usual.",
    r"differential privacy|\bdp\b": "Differential privacy is a promise about the method, not about "
    "the rows: whatever is released would have come out nearly as likely without any one person. "
    "It costs accuracy, the more so the fewer people there are.",
    r"quasi[- ]?identif\w*": "Quasi-identifiers are columns that an outsider may already know of a "
    "person, such as age, sex or postcode. Attacks search a released table with them.",
    r"sensitive": "Sensitive columns divide people into groups (ethnicity, sex) by which results "
    "are also shown, so that a generator that fails a minority does not hide in a mean.",
    r"hold-?out": "The holdout are real people whom no generator sees. Models and attacks are tried "
    "on them, so that learning can be told from copying.",
    r"synthetic (?:data|rows|tables?)": "Synthetic rows are drawn from a model of the real table. "
    "They are not safe by themselves: a generator can copy people. That is what is measured here.",
    r"fidelity": "Fidelity is how like the real rows the synthetic ones are, column by column and "
    "in their relations.",
    r"utility|tstr": "Utility is how well a model that was trained on synthetic rows works for real "
    "people of the holdout, beside one that was trained on real rows.",
    r"\bauroc\b|\bauc\b": "AUROC is the chance that a model ranks a person with the event above one "
    "without: 0.5 is guessing, 1 perfect.",
    r"estimand": "An estimand is a number that your analysis is after, such as an odds ratio. It is "
    "compared between real and synthetic rows, with its interval.",
    r"generators?": "A generator is a model that learns from real rows and draws synthetic ones.",
    r"splits?": "In each split other people are held out, so that luck can be told from a "
    "difference.",
    r"classification": "Classification predicts to which class a person belongs, such as yes or no.",
    r"regression": "Regression predicts an amount, such as blood pressure.",
    r"survival": "Survival analysis predicts the time until an event; who has had none yet is "
    "censored.",
    r"augmentation": "Augmentation adds synthetic rows to the real ones, mostly for groups of whom "
    "there are few. Whether that helps must be shown; often it does not.",
    r"doses?": "A dose is how many rows a group gets, in percent of the real rows that it has: 100 "
    "doubles it. One dose decides (100 unless you say otherwise), the others show the trend.",
    r"smote\w*|duplication": "Controls of augmentation need no generator: copies of a group's rows "
    "(duplication), points between them (SMOTE-NC), or weights. Synthetic rows must do better.",
    r"membership": "Membership inference asks whether it can be told that somebody was among the "
    "rows a generator learnt from.",
    r"seed": "The seed starts all random numbers, so that a study can be repeated.",
    r"objective|purpose": "The purpose decides how fidelity, utility and privacy are weighed, and "
    "which limits rule a generator out.",
    r"selector|\bkg\b": "The selector decides which generator is trained next. Without a limit of "
    "time everything is trained.",
    r"target|outcome": "The outcome (target) is what models predict; usefulness is judged by it.",
    r"baseline|reference": "Reference generators (copies, fresh real rows, noise) are part of every "
    "run, so that each number has a floor and a ceiling beside it.",
}
