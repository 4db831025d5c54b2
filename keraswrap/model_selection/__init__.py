"""Searches and out-of-sample probabilities that do no work twice.

scikit-learn's interface and results. Runs that differ only in epochs are
shared, nets are kept from fit to fit, finished fits are recorded where asked,
and the probabilities that cleaning needs come with the search.
"""

from keraswrap.model_selection.predicting import cross_val_predict_proba
from keraswrap.model_selection.search import GridSearchCV, RandomizedSearchCV
from keraswrap.model_selection.splitting import LastRows

__all__ = ["GridSearchCV", "LastRows", "RandomizedSearchCV", "cross_val_predict_proba"]
