"""Run crowd-kit's Dawid-Skene on votes.

Run by the peer's Python: reads an .npz with the class of each vote, -1 for none, and writes
each row's probabilities.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from crowdkit.aggregation import DawidSkene


def main(given, made):
    codes = np.load(given)["codes"]
    rows, workers = np.nonzero(codes >= 0)
    votes = pd.DataFrame({"task": rows, "worker": workers, "label": codes[rows, workers]})
    found = DawidSkene(n_iter=100).fit_predict_proba(votes)
    np.savez(made, proba=found.reindex(range(len(codes)), columns=sorted(found)).to_numpy())


if __name__ == "__main__":
    main(*sys.argv[1:])
