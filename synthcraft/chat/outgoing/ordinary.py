"""Words that tell nobody apart, even where a rare level of a table is called so.

Without them a table with three answers "other" could not be talked about, and the program's own
sentences would be blocked.
"""

_WORDS = """
a about above accepted add added adult adults after again age ages all alone also always among an
and answer answers any are area arm arms as ask asked at average be because been before being
below beside best better between big black blood both but by can cannot care case cases change
changed check checks child children choose class classes clear close closed code codes column
columns common compare confirm could count current cut data date dates day days decide declare
default describe did different do does done down draft drop each early either else empty end ended
enough equal error errors even event ever every everything explain false family far female few
fewer field file fill first fit fix fixed follow for former found four free from full further get
give given go goes good got great group groups had half happen has have he hear held help her here
high him his hold how i if ignore in include into is it its just keep key keys kind know known
label last late later least leave left less let level levels like likely limit line lines list
little long low lower made main make male man many may me mean means measure men message might mild
minutes missing mixed model moderate month months more most much must my name named names national
near need needed neither never new next nine no nobody none nor normal not nothing now number
numbers of off often old on once one only open option or order other others our out outcome over
own part parts past people per person persons place plain please point poor possible predict
present private problem problems proposal public put question questions range rare rather reach
read real reason refused report result results right round row rows safe said same sample save saved
say second see seen sensitive sent set setting settings seven severe sex several shall she short
should show side simple since single six size small so some someone something sometimes soon start
state stay still stop study such sure table take taken tell ten test text than that the their them
then there these they thing things think this those though three through time times to today told
too top total treated treatment true try two type under unknown until up upper us use used usual
value values very wait want was way we week weeks well were what when where whether which while
white who whole why will wish with within without woman women word words work would wrong year years
yes yet you young your zero
"""
_PHRASES = (
    "don't know",
    "do not know",
    "not known",
    "not applicable",
    "not available",
    "not reported",
    "not stated",
    "not sure",
    "no answer",
    "no response",
    "prefer not to say",
    "other or unknown",
)
ORDINARY = (*_WORDS.split(), *_PHRASES)

_OF_STUDIES = """
admission admissions adults analysis anonymised anonymized asthma attack baseline cancer cardiac
care cleaned clinic clinical cohort copd covid dataset dementia demographics depression diabetes
discharge disease emergency export extract failure final followup health healthcare heart holdout
hospital hypertension icu infarction infection injury intensive kidney labs liver lung merged
mortality myocardial oncology outcomes paediatric patient patients pediatric pneumonia pregnancy
pseudonymised pseudonymized raw readmission register registry renal screening sepsis stroke surgery
survey survival synthetic train training transplant trauma trial tumour tumor vaccination visits
vitals ward
"""
STUDY = tuple(_OF_STUDIES.split())
"""Words of files' names that any talk of a study uses: together, too, they tell of nobody."""
