"""Parameters of the generators that synthcity trains, under synthcity's own names.

Every network trains for exactly ``n_iter`` passes over all train rows: synthcity's early stopping
is off, because it holds a fifth of the rows back, restores no best weights (it keeps a reference to
the weights, not a copy), and makes the cost of a fit unpredictable. So its parameters are not here.
"""

from typing import Literal

from pydantic import Field

from synthcraft.catalogue import Params
from synthcraft.data.cards import TextFormat

Nonlinearity = Literal["relu", "leaky_relu", "tanh", "elu", "selu"]
UncensoringModel = Literal["survival_function_regression", "weibull_aft", "cox_ph", "deephit"]
SamplingStrategy = Literal["none", "imbalanced_censoring", "imbalanced_time_censoring"]

BATCH = "Rows per training step."
LR = "Learning rate of the Adam optimizer."
WEIGHT_DECAY = "L2 penalty on the weights."
CLUSTERS = "Largest number of Gaussian components that a numeric column is split into."
CLIPPING = "Largest gradient norm; 0 for no clipping."
LAYERS = "Hidden layers of the {}."
UNITS = "Units in each hidden layer of the {}."
NONLIN = "Nonlinearity of the {}."
DROPOUT = "Dropout rate of the {}."


class ArfParams(Params):
    """Adversarial random forest."""

    num_trees: int = Field(30, ge=1, le=2000, description="Trees in each forest.")
    delta: float = Field(
        0, ge=0, le=0.5, description="The rounds end when out-of-bag accuracy is under 0.5 + delta."
    )
    max_iters: int = Field(10, ge=0, le=100, description="Most adversarial rounds.")
    early_stop: bool = Field(
        default=True, description="Whether the rounds end when one does not improve."
    )
    min_node_size: int = Field(5, ge=2, le=1000, description="Fewest train rows in a leaf.")


class BinnedParams(Params):
    """A generator that knows categories only; where ``bins`` is None, numbers are categories."""

    bins: int | None


class BayesianNetworkParams(BinnedParams):
    """Bayesian network over categories; numeric columns are cut into bins."""

    struct_learning_search_method: Literal["tree_search", "hillclimb"] = Field(
        "tree_search", description="How the graph is learnt: a Chow-Liu tree, or hill climbing."
    )
    struct_learning_score: Literal["k2", "bdeu", "bic"] = Field(
        "k2", description="Score that hill climbing maximises."
    )
    struct_max_indegree: int = Field(
        4, ge=1, le=10, description="Most parents of a column in hill climbing."
    )
    struct_learning_n_iter: int = Field(
        1000, ge=1, le=100_000, description="Most steps of hill climbing."
    )
    bins: int = Field(
        20,
        ge=2,
        le=100,
        description="Bins of equal share that a numeric column is cut into (ours: synthcity makes "
        "every distinct number a category of its own).",
    )


class GanNetworks(Params):
    """A GAN's generator and discriminator networks and their training."""

    n_iter: int = Field(300, ge=1, le=100_000, description="Passes over the train rows.")
    batch_size: int = Field(200, ge=2, le=100_000, description=BATCH)
    lr: float = Field(1e-3, gt=0, le=1, description=LR)
    weight_decay: float = Field(1e-3, ge=0, le=1, description=WEIGHT_DECAY)
    generator_n_layers_hidden: int = Field(2, ge=1, le=10, description=LAYERS.format("generator"))
    generator_n_units_hidden: int = Field(
        500, ge=1, le=5000, description=UNITS.format("generator") + " Also the size of its noise."
    )
    generator_nonlin: Nonlinearity = Field("relu", description=NONLIN.format("generator"))
    discriminator_n_layers_hidden: int = Field(
        2, ge=1, le=10, description=LAYERS.format("discriminator")
    )
    discriminator_n_units_hidden: int = Field(
        500, ge=1, le=5000, description=UNITS.format("discriminator")
    )
    discriminator_nonlin: Nonlinearity = Field(
        "leaky_relu", description=NONLIN.format("discriminator")
    )
    discriminator_n_iter: int = Field(
        1, ge=1, le=20, description="Discriminator steps for each generator step."
    )
    discriminator_dropout: float = Field(
        0.1, ge=0, lt=1, description=DROPOUT.format("discriminator")
    )
    clipping_value: int = Field(1, ge=0, le=1000, description=CLIPPING)
    encoder_max_clusters: int = Field(10, ge=1, le=100, description=CLUSTERS)


class GanParams(GanNetworks):
    """A GAN whose discriminator is held smooth."""

    lambda_gradient_penalty: float = Field(
        10, ge=0, le=1000, description="Weight of the gradient penalty."
    )


class AdsganParams(GanParams):
    """A GAN whose generator is punished for rows close to train rows."""

    lambda_identifiability_penalty: float = Field(
        0.1, ge=0, le=1000, description="Weight of the penalty on closeness to train rows."
    )
    encoder_max_clusters: int = Field(5, ge=1, le=100, description=CLUSTERS)


class VaeParams(Params):
    """A variational autoencoder's networks and their training."""

    n_iter: int = Field(300, ge=1, le=100_000, description="Passes over the train rows.")
    batch_size: int = Field(200, ge=2, le=100_000, description=BATCH)
    lr: float = Field(1e-3, gt=0, le=1, description=LR)
    weight_decay: float = Field(1e-5, ge=0, le=1, description=WEIGHT_DECAY)
    n_units_embedding: int = Field(500, ge=1, le=5000, description="Size of the latent space.")
    encoder_n_layers_hidden: int = Field(3, ge=1, le=10, description=LAYERS.format("encoder"))
    encoder_n_units_hidden: int = Field(500, ge=1, le=5000, description=UNITS.format("encoder"))
    encoder_nonlin: Nonlinearity = Field("leaky_relu", description=NONLIN.format("encoder"))
    encoder_dropout: float = Field(0.1, ge=0, lt=1, description=DROPOUT.format("encoder"))
    decoder_n_layers_hidden: int = Field(3, ge=1, le=10, description=LAYERS.format("decoder"))
    decoder_n_units_hidden: int = Field(500, ge=1, le=5000, description=UNITS.format("decoder"))
    decoder_nonlin: Nonlinearity = Field("leaky_relu", description=NONLIN.format("decoder"))
    decoder_dropout: float = Field(0.0, ge=0, lt=1, description=DROPOUT.format("decoder"))
    data_encoder_max_clusters: int = Field(10, ge=1, le=100, description=CLUSTERS)


class TvaeParams(VaeParams):
    """Tabular variational autoencoder."""

    loss_factor: int = Field(
        1, ge=1, le=1000, description="Weight of reconstruction against the latent prior."
    )
    clipping_value: int = Field(1, ge=0, le=1000, description=CLIPPING)


class RtvaeParams(VaeParams):
    """Tabular variational autoencoder with a loss that outliers sway less."""

    robust_divergence_beta: int = Field(
        2, ge=1, le=100, description="Beta of the robust divergence; larger ignores outliers more."
    )


class NflowParams(Params):
    """Normalizing flow."""

    n_iter: int = Field(300, ge=1, le=100_000, description="Passes over the train rows.")
    batch_size: int = Field(200, ge=2, le=100_000, description=BATCH)
    lr: float = Field(1e-3, gt=0, le=1, description=LR)
    n_layers_hidden: int = Field(1, ge=1, le=20, description="Transformation layers.")
    n_units_hidden: int = Field(100, ge=1, le=5000, description="Units in each hidden layer.")
    num_transform_blocks: int = Field(1, ge=1, le=20, description="Blocks in each layer's network.")
    num_bins: int = Field(8, ge=2, le=100, description="Bins of the spline transforms.")
    tail_bound: float = Field(3, gt=0, le=100, description="The splines act on ± this value.")
    dropout: float = Field(0.1, ge=0, lt=1, description=DROPOUT.format("networks"))
    batch_norm: bool = Field(
        default=False, description="Whether the networks normalise each batch."
    )
    linear_transform_type: Literal["lu", "permutation", "svd"] = Field(
        "permutation", description="What mixes the columns between layers."
    )
    base_transform_type: Literal[
        "affine-coupling",
        "quadratic-coupling",
        "rq-coupling",
        "affine-autoregressive",
        "quadratic-autoregressive",
        "rq-autoregressive",
    ] = Field("rq-autoregressive", description="Kind of transform in each layer.")
    encoder_max_clusters: int = Field(10, ge=1, le=100, description=CLUSTERS)


class DdpmParams(Params):
    """Diffusion over numbers (Gaussian) and categories (multinomial)."""

    n_iter: int = Field(1000, ge=1, le=100_000, description="Passes over the train rows.")
    batch_size: int = Field(256, ge=2, le=100_000, description=BATCH)
    lr: float = Field(2e-3, gt=0, le=1, description=LR)
    weight_decay: float = Field(1e-4, ge=0, le=1, description=WEIGHT_DECAY)
    num_timesteps: int = Field(
        1000,
        ge=2,
        le=10_000,
        description="Diffusion steps; sampling runs the network once for each.",
    )
    scheduler: Literal["cosine", "linear"] = Field("cosine", description="Noise schedule.")
    gaussian_loss_type: Literal["mse", "kl"] = Field("mse", description="Loss of numeric columns.")
    dim_embed: int = Field(128, ge=2, le=4096, multiple_of=2, description="Size of the embedding.")
    n_layers_hidden: int = Field(3, ge=1, le=20, description=LAYERS.format("network"))
    n_units_hidden: int = Field(256, ge=1, le=5000, description=UNITS.format("network"))
    dropout: float = Field(0.0, ge=0, lt=1, description=DROPOUT.format("network"))


class DpganParams(GanParams):
    """A GAN whose discriminator's steps are clipped and noised; epsilon is the spec's."""

    dp_max_grad_norm: float = Field(
        2, gt=0, le=1000, description="Norm to which each row's gradient is clipped."
    )
    encoder_max_clusters: int = Field(5, ge=1, le=100, description=CLUSTERS)


class PateganParams(GanNetworks):
    """A GAN whose discriminator is told noisy votes of teachers; epsilon is the spec's."""

    n_iter: int = Field(
        200, ge=1, le=10_000, description="Most rounds of teachers; epsilon may end them earlier."
    )
    generator_n_iter: int = Field(
        10, ge=2, le=10_000, description="Passes over the train rows in each round."
    )
    encoder_max_clusters: int = Field(5, ge=1, le=100, description=CLUSTERS)
    n_teachers: int = Field(
        10, ge=1, le=1000, description="Teachers, each of its own share of the train rows."
    )
    teacher_template: Literal["xgboost", "linear"] = Field(
        "xgboost", description="Model of each teacher."
    )
    lamda: float = Field(
        1e-3, gt=0, le=100, description="Noise on the votes has the scale 1 / lamda."
    )


class PrivbayesParams(BinnedParams):
    """A Bayesian network with noisy counts; epsilon is the spec's."""

    K: int = Field(
        0,
        ge=0,
        le=10,
        description="Most parents of a column; 0: chosen by synthcity. 1 is quick on many columns.",
    )
    n_bins: int = Field(
        100, ge=2, le=1000, description="Bins of a column when its score is computed."
    )
    mi_thresh: float = Field(
        0.01, ge=0, le=1, description="A column whose score is not above this gets no parents."
    )
    target_usefulness: int = Field(
        5, ge=1, le=100, description="Least ratio of information to noise when K is chosen."
    )
    bins: int | None = Field(
        None,
        ge=2,
        le=100,
        description="Bins of equal share that a numeric column is cut into first (ours). When "
        "absent every distinct number is a category, as synthcity has it: real values are handed "
        "out, and many such columns take hours.",
    )


class AimSynthcityParams(BinnedParams):
    """An adaptive choice of noisy marginals; epsilon and delta are the spec's."""

    degree: int = Field(2, ge=1, le=5, description="Columns in each marginal of the workload.")
    num_marginals: int | None = Field(
        None, ge=1, description="Size of a random part of the workload; all of it when absent."
    )
    max_cells: int = Field(
        1000, ge=2, le=1_000_000, description="Marginals with more cells are left out."
    )
    max_model_size: int = Field(80, ge=1, le=10_000, description="Largest model, in MB.")
    bins: int = Field(
        10,
        ge=2,
        le=100,
        description="Bins of equal share that a numeric column is cut into (ours: synthcity makes "
        "no bins, and drops most values of a column of many numbers).",
    )


class SurvivalParams(Params):
    """How follow-up times and censoring are generated around a table generator."""

    uncensoring_model: UncensoringModel = Field(
        "survival_function_regression",
        description="Model of the time, given everything else. A time that it puts at or before 0 "
        "becomes half of the earliest train time.",
    )
    tte_strategy: Literal["survival_function", "uncensoring"] = Field(
        "survival_function",
        description="Whether times follow a survival function, or every row gets an event.",
    )
    censoring_strategy: Literal["random", "covariate_dependent"] = Field(
        "random", description="Whether censoring is generated, or predicted from the covariates."
    )


class SurvivalGanParams(AdsganParams, SurvivalParams):
    """SurvivalGAN: adsgan conditioned on time and censoring."""

    dataloader_sampling_strategy: SamplingStrategy = Field(
        "imbalanced_time_censoring", description="How train rows are balanced in training."
    )


class SurvaeParams(TvaeParams, SurvivalParams):
    """A tvae with a model of time and censoring."""


class SurvivalCtganParams(GanParams, SurvivalParams):
    """A ctgan with a model of time and censoring."""


class SurvivalNflowParams(NflowParams, SurvivalParams):
    """A normalizing flow with a model of time and censoring."""


class GivenParams(TextFormat):
    """Files of synthetic rows."""

    paths: tuple[str, ...] = Field(
        min_length=1,
        description="The files (CSV, Parquet or SAS transport, by the ends of their names), "
        "relative to the directory the command is run in. Several are draws of one generator: "
        "their measures are averaged.",
    )
    sha256: tuple[str, ...] = Field(
        (),
        description="Of each file, so that other content is another experiment; not checked "
        "when absent.",
    )
    missing_codes: dict[str, tuple[float | str, ...]] = Field(
        default_factory=dict,
        description="Codes that mean no answer, by column, such as MCQ160E: [7, 9].",
    )
