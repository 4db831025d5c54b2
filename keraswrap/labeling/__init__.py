"""Label texts by models and people, with a promise that people's random rows keep."""

from keraswrap.labeling._acceptance import Acceptance
from keraswrap.labeling._label import label_texts
from keraswrap.labeling._settings import LabelingSettings
from keraswrap.labeling._table import LabelTable

__all__ = ["Acceptance", "LabelTable", "LabelingSettings", "label_texts"]
