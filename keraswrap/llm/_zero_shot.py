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
    text; the answer is always one of the labels. Parameters and attributes have the
    same meaning as in skorch's class of this name.

    Parameters
    ----------
    model_name : str or path, default=None
        As for :func:`~keraswrap.llm.load_model`: a checkpoint directory, a GGUF file, a
        name on a hub, or a keras-hub preset.
    model : object, default=None
        Instead of a name: a :class:`~keraswrap.llm.LanguageModel`, a
        keras_hub.models.CausalLM, or a causal language model of transformers. It is
        never copied, not even by `clone`.
    tokenizer : object, default=None
        Tokenizer of `model`, if it has none.
    prompt : str or list of (str, str), default=None
        With the fields ``{text}`` and, optionally, ``{labels}``. Other braces are
        literal. A list of messages (role, text) is a chat. To share work between rows,
        put the text last.
    probas_sum_to_1 : bool, default=True
        Whether to normalize probabilities over the labels. Otherwise a row sums to the
        probability that the answer is any of them.
    device : str, default="cpu"
        Device of a model loaded with PyTorch.
    error_low_prob : {"ignore", "warn", "raise", "return_none", "none"}, default="ignore"
        What to do if a text's labels have a total probability below
        `threshold_low_prob`: nothing, warn, raise LowProbabilityError, or predict None.
    threshold_low_prob : float from 0 to 1, default=0.0
    use_caching : bool, default=True
        Whether to cache answers, so that a live model never gets the same prompt twice.
    calibration : {None, "contextual", "batch"}, default=None
        Divides each label's probability by its prior, whatever the text: "contextual"
        learns the prior in `fit` from texts without content, "batch" from 128 rows of X
        in `fit` or, without X, from all rows predicted together.
    verbalizers : dict of str to list of str, default=None
        Words for each label; their probabilities are summed. The first one is shown in
        the prompt.
    descriptions : dict of str to str, default=None
        Meanings of the labels, shown in the prompt.
    length_norm : bool, default=False
        Whether to use the mean log-probability per token, so that long labels are not
        penalized.
    chat : bool, default=False
        Whether to send a str prompt as a user message in the model's chat template.
    cache : str or path, default=None
        A file in which answers are cached as well; see :class:`AnswerCache`.
    max_cost : float, default=None
        What this estimator may spend after `fit`, in the currency of the model's
        prices.
    dtype : {None, "float32", "bfloat16", "float16"}, default=None
        Precision of a named model; None means float32.
    on_too_long : {"truncate_text", "raise", "warn"}, default="truncate_text"
        What to do with a text that exceeds the model's context: truncate its end and
        warn, raise InputError, or warn and send it unchanged.
    progress : bool, default=None
        Whether to show a progress bar; by default on a terminal and in a notebook.

    Attributes
    ----------
    classes_ : ndarray of shape (k,), str
        Sorted.
    prompt_ : str or list of (str, str)
        The prompt in use.
    model_, tokenizer_ : object
        Given or loaded.
    label_ids_ : list of list of int
        Tokens of the labels' words.
    prior_ : ndarray of shape (k,), or None
        What calibration divides by, if learned in `fit`.
    answers_ : list of str or None
        The model's answers to the last rows in its own words; None if it only scores.
    problems_ : list of str or None
        Why a row has no answer, if known: a server refused it, or the answer was
        truncated.
    cost_ : float
        Cost since `fit`.

    See Also
    --------
    FewShotClassifier : Shows examples.
    MultiLabelZeroShotClassifier : Several labels per text.

    Notes
    -----
    The probability of a word is the product of its tokens' probabilities. If a label is
    the beginning of another one ("good", "good enough"), the probability that the
    answer ends is included for all labels. Calibration: [1]_ and [2]_.

    A server's chat answers with a text. If it neither is a label nor begins with one,
    the prediction is None and NaN, whatever the server reports about the labels.

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
        """Learn the labels and load the model.

        Parameters
        ----------
        X : array-like of str, shape (n,), optional
            Used only for batch calibration.
        y : array-like of str, shape (n,)
            Each label at least once.

        Returns
        -------
        ZeroShotClassifier

        Raises
        ------
        ParameterError
            If a parameter has an invalid value, or not exactly one of `model_name` and
            `model` is given.
        InputError
            If labels are missing or not texts, or X and y differ in length.
        """
        return self._fit(X, y)

    def _prompt_in_force(self) -> PromptLike:
        return DEFAULT_PROMPT_ZERO_SHOT if self.prompt is None else self.prompt

    def _read_template(self) -> Template:
        return read_template(self._prompt_in_force(), ["text", "labels"], chat=self.chat)
