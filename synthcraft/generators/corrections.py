"""What synthcity 0.2.12 gets wrong in fitting and sampling, put right while our adapter runs it.

Each correction replaces one function of a module that is loaded, and puts it back afterwards.
Nothing of this is needed by, or visible to, code outside ``corrected``.
"""

import contextlib
import importlib
import io
import logging
import sys
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np

from synthcraft.generators import forest, standins
from synthcraft.generators.randomness import replaced

MODELS = "synthcity.plugins.core.models"
SURVIVAL = "synthcity.plugins.survival_analysis"


@contextmanager
def corrected(discrete: Collection[str]) -> Iterator[None]:
    """Inside, synthcity is silent, believes the declared types, and trains on all rows, aligned.

    ``discrete`` names the columns of codes; all others are numbers.
    """
    import joblib

    with ExitStack() as stack, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        stack.enter_context(replaced(logging.getLogger("pgmpy"), "disabled", value=True))
        # pgmpy starts as many processes as there are cores; a trial has one
        stack.enter_context(joblib.parallel_config(backend="sequential"))
        for module, owner, name, value in _corrections(discrete):
            loaded = sys.modules.get(module)
            if loaded is not None:
                target = getattr(loaded, owner) if owner else loaded
                stack.enter_context(replaced(target, name, _bound(value, target, name)))
        yield


Correction = tuple[str, str, str, Callable[..., Any]]


def _corrections(discrete: Collection[str]) -> list[Correction]:
    """Module, class or "" for the module itself, attribute, and what makes the replacement."""

    def columns(frame: Any, *_: Any, return_counts: bool = False) -> list[Any]:
        names = [name for name in frame.columns if name in discrete]
        return [(name, frame[name].nunique()) for name in names] if return_counts else names

    return [
        # Types are declared, not guessed from the number of distinct values (10 in encoders and
        # the forest, 15 in the loader, which then relabels numbers as 0 … k-1).
        (f"{MODELS}.tabular_encoder", "", "find_cat_cols", _always(columns)),
        (f"{MODELS}.tabular_ddpm", "", "discrete_columns", _always(columns)),
        (f"{MODELS}.tabular_arf", "TabularARF", "get_categorical_cols", _method(columns)),
        ("synthcity.plugins.core.dataloader", "DataLoader", "encode", _always(_unencoded)),
        # Networks see all train rows. synthcity holds a fifth back for early stopping, which would
        # restore no best weights anyway: it keeps a reference to them.
        ("synthcity.utils.samplers", "", "train_test_split", _always(_both_all)),
        (f"{MODELS}.flows", "NormalizingFlows", "_train_test_split", _method(_twice)),
        *(
            (f"synthcity.plugins.{plugin}", "", "WeightedMetrics", _always(_no_metric))
            for plugin in (
                *("generic.plugin_ctgan", "generic.plugin_nflow"),
                *("privacy.plugin_adsgan", "privacy.plugin_dpgan"),
            )
        ),
        # Batches are shuffled (only the conditional samplers did), and not collated row by row.
        *(
            (f"{MODELS}.{model}", "", "DataLoader", _always(Batches))
            for model in ("gan", "vae", "flows", "tabular_ddpm")
        ),
        # The network sees categories as 0 and -1, not as log(1) and log(1e-30) = -69, which drowns
        # the numbers and takes tens of thousands of steps to learn.
        (f"{MODELS}.tabular_ddpm.modules", "DiffusionModel", "forward", _with_bounded_categories),
        # A train row is paired with its own condition, and the loss looks at the right one.
        (
            "synthcity.utils.samplers",
            "ConditionalDatasetSampler",
            "_prepare_dataset_conditionals",
            _always(_pair_conditions),
        ),
        (f"{MODELS}.tabular_gan", "TabularGAN", "fit", _with_condition_loss),
        (f"{MODELS}.tabular_vae", "TabularVAE", "fit", _with_condition_loss),
        # The forest grows and draws in a second, and equal numbers in a leaf do not become NaN.
        ("arfpy.arf", "arf", "__init__", _always(forest.grow)),
        ("arfpy.arf", "arf", "forde", _always(forest.estimate)),
        ("arfpy.arf", "arf", "forge", _always(forest.forge)),
        # A seed gives the same rows in every process: sets of names are ordered anew in each.
        (
            "synthcity.plugins.privacy.plugin_privbayes",
            "PrivBayes",
            "_greedy_bayes",
            _with_ordered_sets,
        ),
        (f"{MODELS}.aim", "AIM", "run", _with_numbered_columns),
        # Private steps need the one package whose stand-in synthcity got for quicker imports.
        (f"{MODELS}.gan", "", "PrivacyEngine", _always(_privacy_engine)),
        # numpy 2 takes a dtype for an operator's, no longer a type.
        (f"{MODELS}.mbi.identity", "Identity", "__init__", _with_dtype),
        # The survival pipelines load their one generator, not every plug-in that synthcity has.
        (f"{SURVIVAL}._survival_pipeline", "", "plugins", _one_plugin),
        # Follow-up ends after it began: one time below 0 would cost the whole sample.
        (
            f"{SURVIVAL}._survival_pipeline",
            "SurvivalPipeline",
            "_safe_generate",
            _with_positive_times,
        ),
    ]


def _bound(value: Callable[..., Any], target: Any, name: str) -> Any:
    return value(getattr(target, name))


def _always(replacement: Any) -> Callable[[Any], Any]:
    return lambda _original: replacement


def _method(function: Callable[..., Any]) -> Callable[[Any], Any]:
    return lambda _original: lambda _self, *args: function(*args)


def _unencoded(loader: Any, encoders: Any = None) -> tuple[Any, dict[str, Any]]:  # noqa: ARG001
    return loader, {}


def _both_all(indices: Any, train_size: float) -> tuple[Any, Any]:  # noqa: ARG001
    return indices, indices


def _twice(rows: Any) -> tuple[Any, Any]:
    return rows, rows


def _no_metric(**_: Any) -> None:
    return None


class Batches:
    """Shuffled batches of a tensor dataset; a sampler, where there is one, chooses the rows."""

    def __init__(self, dataset: Any, batch_size: int, sampler: Any = None, **_: Any) -> None:
        self.dataset, self.batch_size, self.sampler = dataset, batch_size, sampler

    def __len__(self) -> int:
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        import torch

        n = len(self.dataset)
        rows = torch.randperm(n) if self.sampler is None else torch.tensor(list(self.sampler))
        for start in range(0, n, self.batch_size):
            yield self.dataset[rows[start : start + self.batch_size]]


def _with_bounded_categories(forward: Callable[..., Any]) -> Callable[..., Any]:
    def corrected_forward(model: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        return forward(model, x.masked_fill(x < -60, -1.0), *args, **kwargs)

    return corrected_forward


def _pair_conditions(sampler: Any) -> None:
    """Every row gets one of its own categories, of a column drawn at random, as its condition.

    synthcity draws condition i together with a row, and then pairs condition i with row i
    (samplers.py:300-318, gan.py:558-569): half of its pairs disagree.
    """
    sampler._dataset_conditional = None
    if sampler._n_discrete_columns == 0:
        return
    rows = np.arange(sampler._num_items)
    own = np.zeros((sampler._n_discrete_columns, len(rows)), dtype=np.int64)
    for column, rows_of_category in enumerate(sampler._categorical_value_to_row_):
        for category, members in enumerate(rows_of_category):
            own[column, members] = sampler._categorical_feat_offset[column] + category
    drawn = np.random.randint(sampler._n_discrete_columns, size=len(rows))  # noqa: NPY002
    condition = np.zeros((len(rows), sampler._n_conditional_dimension))
    condition[rows, own[drawn, rows]] = 1
    sampler._dataset_conditional = condition


class Ordered(set[str]):
    """A set of names that is gone through in the order of the alphabet."""

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(super().__iter__()))

    def __sub__(self, other: Any) -> "Ordered":
        return Ordered(super().__sub__(other))


def _with_ordered_sets(method: Any) -> Callable[..., Any]:
    raw = method.raw_function  # what synthcity wrote, under its check of arguments
    return FunctionType(raw.__code__, {**raw.__globals__, "set": Ordered})


def _with_numbered_columns(run: Callable[..., Any]) -> Callable[..., Any]:
    def corrected_run(aim: Any, data: Any, workload: Any) -> Any:
        names = tuple(data.domain.attrs)
        numbers = range(len(names))
        domain = type(data.domain)(numbers, data.domain.shape)
        numbered = type(data)(data.df.set_axis(numbers, axis=1), domain)
        cliques = [(tuple(names.index(name) for name in cl), weight) for cl, weight in workload]
        made = run(aim, numbered, cliques)
        return SimpleNamespace(df=made.df.rename(columns=dict(zip(numbers, names, strict=True))))

    return corrected_run


def _privacy_engine(**kwargs: Any) -> Any:
    return standins.genuine("opacus").PrivacyEngine(**kwargs)


def _with_dtype(init: Callable[..., Any]) -> Callable[..., Any]:
    def corrected_init(identity: Any, n: int, dtype: Any = float) -> None:
        init(identity, n, np.dtype(dtype))

    return corrected_init


def _with_condition_loss(fit: Callable[..., Any]) -> Callable[..., Any]:
    def corrected_fit(model: Any, *args: Any, **kwargs: Any) -> Any:
        if not model.predefined_conditional:
            loss = _condition_loss(model.encoder.layout())
            name = "extra_loss_cbks"
            if hasattr(model.model, "generator_extra_penalty_cbks"):
                name = "generator_extra_penalty_cbks"
            setattr(model.model, name, [loss])
        return fit(model, *args, **kwargs)

    return corrected_fit


def _condition_loss(layout: Any) -> Callable[..., Any]:
    """Cross entropy of the generated category in the column that the condition names, per row.

    Equation of section 4.3 of the CTGAN paper. synthcity's own loses its place among the
    conditions after a column that no row of the batch names (tabular_gan.py:235-237), and divides
    a mean by the number of rows once more.
    """
    import torch

    def loss(real: Any, fake: Any, cond: Any = None) -> Any:  # noqa: ARG001
        if cond is None:
            return 0
        total = torch.zeros((), device=fake.device)
        start = place = 0
        for column in layout:
            width = column.output_dimensions
            if column.feature_type == "discrete":
                wanted = cond[:, place : place + width]
                given = torch.log(fake[:, start : start + width] + 1e-8)
                total = total - (wanted * given).sum()
                place += width
            start += width
        return total / len(fake)

    return loss


def _one_plugin(_original: Any) -> Any:
    def get(name: str, **kwargs: Any) -> Any:
        kind = "privacy" if name == "adsgan" else "generic"
        return importlib.import_module(f"synthcity.plugins.{kind}.plugin_{name}").plugin(**kwargs)

    return SimpleNamespace(Plugins=lambda: SimpleNamespace(get=get))


def _with_positive_times(generate: Callable[..., Any]) -> Callable[..., Any]:
    """Times that are predicted at 0 or before become half of the earliest train time.

    When patients without an event leave is predicted by boosted trees, which go below 0
    (time_to_event/_base.py:30-44); the loader then refuses all rows. No event changes and no row
    is drawn again, so that the share of events stays. What is not a number is still refused.
    """

    def corrected_generate(pipeline: Any, draw: Callable[..., Any], *args: Any, **kw: Any) -> Any:
        time = pipeline.time_to_event_column
        start = pipeline.training_schema()[time].min() / 2

        def positive(count: int, **kwargs: Any) -> Any:
            rows = draw(count, **kwargs)
            return rows.assign(**{time: rows[time].mask(rows[time] <= 0, start)})

        return generate(pipeline, positive, *args, **kw)

    return corrected_generate
