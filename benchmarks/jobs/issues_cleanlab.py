"""Find label issues of texts as cleanlab's users do: TF-IDF, a logistic regression, five folds."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from cleanlab.classification import CleanLearning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression


def run(given, out):
    frame = pd.read_csv(given)
    rows = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(frame["text"])
    codes = np.unique(frame["label"], return_inverse=True)[1]
    cleaner = CleanLearning(LogisticRegression(C=10, max_iter=1000), cv_n_folds=5, seed=0)
    found = cleaner.find_label_issues(rows, codes)
    frame.assign(quality=found["label_quality"].to_numpy()).to_csv(out, index=False)


if __name__ == "__main__":
    run(*sys.argv[1:])
