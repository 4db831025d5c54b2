"""Searches and out-of-fold probabilities without repeated work.

They have scikit-learn's interface and results. Runs that differ only in epochs are
shared, nets are kept between fits, finished fits can be recorded, and the search also
returns the probabilities that cleaning needs.
"""

import sys

from keraswrap.model_selection._cross_val_predict import cross_val_predict_proba
from keraswrap.model_selection._last_rows import LastRows
from keraswrap.model_selection._search import GridSearchCV, RandomizedSearchCV

__all__ = ["GridSearchCV", "LastRows", "RandomizedSearchCV", "cross_val_predict_proba"]

# Pickles of 0.1 name their classes by these modules. May go in 0.3.
for _old, _new in {"search": "_search", "splitting": "_last_rows"}.items():
    sys.modules[f"{__name__}.{_old}"] = sys.modules[f"{__name__}.{_new}"]
