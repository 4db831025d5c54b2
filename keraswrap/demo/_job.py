"""Tune a classifier, find label issues, and train the classifier again without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from tqdm.auto import tqdm

from keraswrap.demo import _folder
from keraswrap.demo._folder import OutputFolder
from keraswrap.demo._labeled_texts import LabeledTexts, load_texts
from keraswrap.demo._models import count_search, make_estimator, tabulate_fits, tune
from keraswrap.demo._progress import ExampleBar, Stages
from keraswrap.demo._result import DemoResult
from keraswrap.demo._settings import DemoSettings
from keraswrap.exceptions import KeraswrapError
from keraswrap.issues import (
    CleanClassifier,
    LabelIssues,
    find_label_issues,
    hash_data,
    make_views,
    score_labels,
)
from keraswrap.report import make_report
from keraswrap.text import encode_texts, resolve_encoder, truncated_share

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as the net takes them: ids of shape (n, max_length), labels of shape (n,)."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def run_demo(settings: DemoSettings, say: Say = tqdm.write) -> DemoResult:
    """Run the whole job, and write down what it finds.

    Everything that can be checked is checked before the first fit. If interrupted
    with Ctrl-C, it says what is finished and where it is.

    Parameters
    ----------
    settings : DemoSettings
    say : callable, default=tqdm.write
        Called with a line of text at each stage.

    Returns
    -------
    DemoResult

    Raises
    ------
    KeraswrapError
        If the data, the encoder or the output folder cannot be used.
    """
    folder = OutputFolder(settings.out)
    stages = Stages(say)
    try:
        with stages("loading", "Loading texts and checkpoint"):
            data = load_texts(settings)
            encoder = resolve_encoder(settings.encoder)
            rows = encode_rows(data, encoder, settings.max_length)
        say(f"{data.source}\n{len(rows.y)} rows to train on, {len(rows.y_test)} to test on")
        about = {"settings": asdict(settings), "encoder": encoder, "versions": _folder.versions()}
        folder.begin()
        folder.write_json(_folder.SETTINGS, about)
        result = _learn(settings, data, encoder, rows, folder, stages)
    except KeyboardInterrupt:
        say(folder.describe_unfinished())
        raise
    except KeraswrapError:
        folder.discard()
        raise
    folder.write_json(_folder.SETTINGS, about | result.figures())
    return replace(result, files=folder.finish())


def encode_rows(data: LabeledTexts, encoder: str, max_length: int) -> Rows:
    """Encode texts as token ids, once for all fits."""
    return Rows(
        encode_texts(data.train["text"], encoder, max_length),
        data.train["given"].to_numpy(),
        encode_texts(data.test["text"], encoder, max_length),
        data.test["label"].to_numpy(),
    )


def _learn(
    settings: DemoSettings,
    data: LabeledTexts,
    encoder: str,
    rows: Rows,
    folder: OutputFolder,
    stages: Stages,
) -> DemoResult:
    n, n_classes = len(rows.y), len(data.names)
    with ExampleBar(count_search(settings, n) + 2 * max(settings.epochs) * n) as bar:
        estimator = make_estimator(settings, encoder, n_classes, bar.callback())
        with stages("tuning", f"Tuning in {settings.n_runs} runs, and a refit of the best"):
            search = tune(estimator, settings, rows.X, rows.y, folder)
        folder.write_csv(_folder.FITS, tabulate_fits(search, settings))
        before = search.predict(rows.X_test) == rows.y_test
        save_model(search.best_estimator_, folder)
        texts = data.train["text"].tolist()
        with stages("issues", "Finding label issues with the search's probabilities and 4 views"):
            views = make_views(
                "auto",
                encoder=encoder,
                max_length=settings.max_length,
                random_state=settings.seed,
            )
            found = find_label_issues(search, texts, rows.y, views=views)
        issues = tabulate(found, data, score_by_cleanlab(search.oof_proba_, rows.y))
        kept = n - int(issues["is_issue"].sum())
        bar.set_remaining(search.best_params_["epochs"] * kept)
        folder.write_csv(_folder.ISSUES, issues)
        report = make_report(name_rows(found, data), texts)
        report.save(folder.file(_folder.REPORT), overwrite=True)
        with stages("retraining", f"Training without the {n - kept} issues found"):
            best = clone(estimator).set_params(**search.best_params_)
            cleaned = CleanClassifier(best, strategy="prune").fit(rows.X, rows.y, issues=found)
    after = cleaned.predict(rows.X_test) == rows.y_test
    save_model(cleaned.estimator_, folder)
    return DemoResult(
        settings=settings,
        source=data.source,
        n_train=n,
        n_test=len(rows.y_test),
        truncated=truncated_share(data.train["text"], encoder, settings.max_length),
        best_params=search.best_params_,
        search_accuracy=float(search.best_score_),
        before=float(before.mean()),
        after=float(after.mean()),
        newly_right=int((after & ~before).sum()),
        newly_wrong=int((before & ~after).sum()),
        issues=issues,
        seconds=stages.seconds,
    )


def save_model(estimator: BaseEstimator, folder: OutputFolder) -> None:
    """Save a fitted estimator, without the callback that updates this run's progress bar."""
    estimator.set_params(callbacks=None)
    estimator.save(folder.file(_folder.MODEL))


def name_rows(found: LabelIssues, data: LabeledTexts) -> LabelIssues:
    """Replace labels by their names and rows by their numbers in the source."""
    names, train = np.asarray(data.names), data.train
    order = np.argsort(names)
    told = {**found.provenance, "data_hash": hash_data(train["text"], names[train["given"]])}
    return replace(
        found,
        row_ids=train["row"].to_numpy(),
        given=names[found.given],
        suggested=names[found.suggested],
        classes=names[order],
        proba=found.proba[:, order],
        provenance=told,
    )


def score_by_cleanlab(proba: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Score labels by cleanlab's default, self-confidence, from the search's probabilities."""
    return score_labels(y, proba)["self_confidence"]


def tabulate(found: LabelIssues, data: LabeledTexts, cleanlab: np.ndarray) -> pd.DataFrame:
    """Return the texts with what was found about them, the most suspicious first.

    Parameters
    ----------
    found : LabelIssues
    data : LabeledTexts
    cleanlab : ndarray of shape (n,)
        cleanlab's label quality of each row.

    Returns
    -------
    DataFrame
        Columns row, text, given, suggested, quality, is_issue, cleanlab, and truth
        and said if the data have them; labels by name.
    """
    train, names = data.train, np.asarray(data.names, dtype=object)
    table = pd.DataFrame(
        {
            "row": train["row"].to_numpy(),
            "text": train["text"].to_numpy(),
            "given": names[train["given"]],
            "suggested": names[found.suggested],
            "quality": found.quality,
            "is_issue": found.is_issue,
            "cleanlab": cleanlab,
        }
    )
    if "truth" in train:
        table["truth"] = names[train["truth"]]
    if "said" in train:
        table["said"] = train["said"].to_numpy()
    return table.sort_values("quality", kind="stable", ignore_index=True)
