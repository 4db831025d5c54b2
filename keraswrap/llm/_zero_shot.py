"""Classification by a language model that was shown no examples."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Self

from keraswrap.llm._prompts import DEFAULT_PROMPT_ZERO_SHOT, PromptLike, Template, read_template
from keraswrap.llm._single_label import LabelClassifier

__all__ = ["ZeroShotClassifier"]


class ZeroShotClassifier(LabelClassifier):
    """Classify texts with a language model, without training and without examples.

    The model is asked how likely each label comes next after a prompt with the
    text; the answer is always one of the labels. Parameters and attributes of
    skorch's class of this name mean the same here.

    Parameters
    ----------
    model_name : str or path, default=None
        As for :func:`~keraswrap.llm.load_model`: a checkpoint's directory, a GGUF
        file, a name on a hub, or a preset of keras-hub.
    model : object, default=None
        Instead of a name: a :class:`~keraswrap.llm.LanguageModel`, a
        keras_hub.models.CausalLM, or a causal language model of transformers.
        It is never copied, not by `clone` either.
    tokenizer : object, default=None
        Of `model`, where it brings none.
    prompt : str or list of (str, str), default=None
        With the fields ``{text}`` and, if wanted, ``{labels}``. Other braces are
        text. A list of messages (role, text) is a chat. To share work between
        rows, let the text come last.
    probas_sum_to_1 : bool, default=True
        Whether probabilities are normalised over the labels. Otherwise a row sums
        to the probability that the answer is any of them.
    device : str, default="cpu"
        Where a model that is loaded by PyTorch runs.
    error_low_prob : {"ignore", "warn", "raise", "return_none", "none"}, default="ignore"
        What to do if the labels of a text have less than `threshold_low_prob`
        together: nothing, warn, raise LowProbabilityError, or predict None.
    threshold_low_prob : float from 0 to 1, default=0.0
    use_caching : bool, default=True
        Whether no prompt is asked twice of a live model.
    calibration : {None, "contextual", "batch"}, default=None
        Divides each label's probability by what it has whatever the text:
        "contextual" learns that in `fit` from texts without content, "batch" from
        128 rows of X in `fit`, or, without X, from all that are predicted at once.
    verbalizers : dict of str to list of str, default=None
        Words that stand for a label; their probabilities add up. The first one is
        shown in the prompt.
    descriptions : dict of str to str, default=None
        What labels mean, shown in the prompt.
    length_norm : bool, default=False
        Whether a label counts by its mean token, so that long ones lose nothing.
    chat : bool, default=False
        Whether a prompt that is a str is said by a user in the model's chat
        template.
    cache : str or path, default=None
        A file where answers are kept, too: see :class:`AnswerCache`.
    max_cost : float, default=None
        What this estimator may spend from `fit` on, in the currency of the model's
        prices.
    dtype : {None, "float32", "bfloat16", "float16"}, default=None
        What a named model computes in; None is float32.
    on_too_long : {"truncate_text", "raise", "warn"}, default="truncate_text"
        What to do with a text that does not fit the model's context: cut its end
        and warn, raise InputError, or warn and send it as it is.
    progress : bool, default=None
        Whether to show a bar; by default on a terminal and in a notebook.

    Attributes
    ----------
    classes_ : ndarray of shape (k,), str
        Sorted.
    prompt_ : str or list of (str, str)
        The prompt in force.
    model_, tokenizer_ : object
        What was given, or loaded.
    label_ids_ : list of list of int
        Tokens of the labels' words.
    prior_ : ndarray of shape (k,), or None
        What calibration divides by, where `fit` learned it.
    answers_ : list of str or None
        What the model said to the last rows in its own words; None where it only
        scores.
    problems_ : list of str or None
        Why a row has no answer, where that is known: a server refused it, or the
        answer was cut.
    cost_ : float
        What was spent since `fit`.

    See Also
    --------
    FewShotClassifier : Shows examples.
    MultiLabelZeroShotClassifier : Several labels a text.

    Notes
    -----
    A word's probability is that of its tokens, one after another. If a label
    begins another one ("good", "good enough"), that of the answer's end after it
    is taken too, for all labels. Calibration: [1]_ and [2]_.

    A server's chat answers with a text. One that neither is a label nor begins with
    one gets None and NaN, whatever the server says of the labels besides.

    References
    ----------
    .. [1] Z. Zhao et al., "Calibrate Before Use: Improving Few-Shot Performance of
       Language Models", ICML 2021.
    .. [2] H. Zhou et al., "Batch Calibration: Rethinking Calibration for In-Context
       Learning and Prompt Engineering", ICLR 2024.

    Examples
    --------
    >>> from keraswrap.llm import FakeLM
    >>> model = FakeLM({"negative": ["broke"], "positive": ["superb"]})
    >>> clf = ZeroShotClassifier(model=model).fit(X=None, y=["positive", "negative"])
    >>> clf.predict(["It broke at once.", "Superb!"]).tolist()
    ['negative', 'positive']
    >>> clf.predict_proba(["Superb!"]).round(2).tolist()
    [[0.12, 0.88]]
    """

    def __init__(
        self,
        model_name: str | os.PathLike[str] | None = None,
        *,
        model: object = None,
        tokenizer: object = None,
        prompt: PromptLike | None = None,
        probas_sum_to_1: bool = True,
        device: str = "cpu",
        error_low_prob: str = "ignore",
        threshold_low_prob: float = 0.0,
        use_caching: bool = True,
        calibration: str | None = None,
        verbalizers: Mapping[str, Sequence[str]] | None = None,
        descriptions: Mapping[str, str] | None = None,
        length_norm: bool = False,
        chat: bool = False,
        cache: str | os.PathLike[str] | None = None,
        max_cost: float | None = None,
        dtype: str | None = None,
        on_too_long: str = "truncate_text",
        progress: bool | None = None,
    ) -> None:
        self.model_name = model_name
        self.model = model
        self.tokenizer = tokenizer
        self.prompt = prompt
        self.probas_sum_to_1 = probas_sum_to_1
        self.device = device
        self.error_low_prob = error_low_prob
        self.threshold_low_prob = threshold_low_prob
        self.use_caching = use_caching
        self.calibration = calibration
        self.verbalizers = verbalizers
        self.descriptions = descriptions
        self.length_norm = length_norm
        self.chat = chat
        self.cache = cache
        self.max_cost = max_cost
        self.dtype = dtype
        self.on_too_long = on_too_long
        self.progress = progress

    def fit(self, X: object = None, y: object = None) -> Self:
        """Learn which labels there are, and load the model.

        Parameters
        ----------
        X : array-like of str, shape (n,), optional
            Only what batch calibration learns from.
        y : array-like of str, shape (n,)
            Each label at least once.

        Returns
        -------
        ZeroShotClassifier

        Raises
        ------
        ParameterError
            If a parameter cannot hold its value, or not exactly one of
            `model_name` and `model` is given.
        InputError
            If labels are missing or no texts, or X and y differ in length.
        """
        return self._fit(X, y)

    def _prompt_in_force(self) -> PromptLike:
        return DEFAULT_PROMPT_ZERO_SHOT if self.prompt is None else self.prompt

    def _read_template(self) -> Template:
        return read_template(self._prompt_in_force(), ["text", "labels"], chat=self.chat)
