"""A model that is served: an estimator with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.serving._blocks import Block
from keraswrap.serving._found_inputs import find_inputs, innermost
from keraswrap.serving._inputs import Inputs
from keraswrap.serving._outputs import Answers, Output
from keraswrap.serving._predictors import Predict, find_outputs

__all__ = ["ServedModel"]


@dataclass(frozen=True, eq=False)
class ServedModel:
    """An estimator with what it takes and answers.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    version : str
        Which model this is, for clients and metrics.
    inputs : Inputs
        Which rows it takes; `of` finds out.
    outputs : Output, or mapping of str to Output
        What it answers; by head, if there are several.
    ask : callable
        Takes rows as the estimator does, and returns the answers.
    pads : bool, default=False
        Whether rows are filled up to a power of two, as each number is compiled anew.
    facts : mapping of str to object
        What else ``/schema`` says of it.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = ServedModel.of(LogisticRegression().fit([[0.0], [1.0]], ["no", "yes"]), "1")
    >>> model.predict(model.inputs.read([[7.0]], 99)).rows()[0]["label"]
    'yes'
    """

    estimator: Any
    version: str
    inputs: Inputs
    outputs: Output | Mapping[str, Output]
    ask: Predict
    pads: bool = False
    facts: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(
        cls, estimator: Any, version: str, facts: Mapping[str, object] | None = None
    ) -> ServedModel:
        """Find out what an estimator takes and answers.

        Parameters
        ----------
        estimator : estimator
            Fitted.
        version : str
        facts : mapping of str to object, optional

        Returns
        -------
        ServedModel

        Raises
        ------
        InputTypeError
            If it cannot predict.
        InputError
            If it is not fitted.
        """
        if not hasattr(estimator, "predict"):
            raise InputTypeError(
                f"Expected an estimator that predicts, got {type(estimator).__name__}. Serve a "
                "classifier or a regressor."
            )
        try:
            check_is_fitted(estimator)
        except NotFittedError as error:
            raise InputError(f"Expected a fitted estimator, got {error} Fit it first.") from error
        outputs, ask = find_outputs(estimator)
        inputs = find_inputs(estimator)
        told = {"class": type(estimator).__name__, **(facts or {})}
        return cls(estimator, version, inputs, outputs, ask, _is_compiled(estimator), told)

    def predict(self, block: Block) -> Answers:
        """Answer rows.

        Parameters
        ----------
        block : Block
            At least one row.

        Returns
        -------
        Answers
        """
        n = block.n
        if self.pads:  # XLA compiles anew for each number of rows
            block = block.filled(1 << (n - 1).bit_length())
        return self.ask(self.inputs.assemble(block)).cut(0, n)

    def warm_up(self, batch_rows: int) -> None:
        """Trace and compile what the first requests would wait for.

        Parameters
        ----------
        batch_rows : int
            The most rows that are answered together.

        Raises
        ------
        InputError
            If the model cannot answer.
        """
        sizes = {1, 2, min(64, batch_rows)}
        if self.pads:
            sizes = {1 << k for k in range((batch_rows - 1).bit_length() + 1)}
        for block in self.inputs.examples():
            for n in sorted(sizes):
                self.predict(block.filled(n))

    def same_schema(self, other: ServedModel) -> bool:
        """Return whether requests for one model suit the other, and answers look the same.

        Parameters
        ----------
        other : ServedModel

        Returns
        -------
        bool
        """
        return self.inputs == other.inputs and self.outputs == other.outputs


def _is_compiled(estimator: Any) -> bool:
    model = innermost(estimator)
    if not (hasattr(model, "network_") or hasattr(model, "vectorizer_")):
        return False
    import keras

    return bool(getattr(model, "jit_compile_", False)) or keras.backend.backend() == "jax"


def is_finite(answers: Answers) -> bool:
    """Return whether all probabilities and numbers are finite."""
    arrays = (answers.proba, answers.values, answers.spread)
    own = all(one is None or bool(np.isfinite(one).all()) for one in arrays)
    return own and all(map(is_finite, answers.parts.values()))
