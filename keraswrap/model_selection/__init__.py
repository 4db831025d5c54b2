"""Searches and out-of-fold probabilities without repeated work.

They have scikit-learn's interface and results. Runs that differ only in epochs are
shared, nets are kept between fits, finished fits can be recorded, and the search also
returns the probabilities that cleaning needs.
"""

from keraswrap.model_selection._cross_val_predict import cross_val_predict_proba
from keraswrap.model_selection._last_rows import LastRows
from keraswrap.model_selection._run_settings import RunSettings
from keraswrap.model_selection._search import GridSearchCV, RandomizedSearchCV

__all__ = [
    "GridSearchCV",
    "LastRows",
    "RandomizedSearchCV",
    "RunSettings",
    "cross_val_predict_proba",
]
