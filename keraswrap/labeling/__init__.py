"""Label texts by models and people, with a promise tested on people's random rows."""

from keraswrap.labeling._acceptance import Acceptance
from keraswrap.labeling._add import add_people
from keraswrap.labeling._alt_test import AltTest, alt_test
from keraswrap.labeling._ask import Questions, ask_people
from keraswrap.labeling._export import export_labels
from keraswrap.labeling._label import label_texts
from keraswrap.labeling._settings import LabelingSettings
from keraswrap.labeling._shares import estimate_share
from keraswrap.labeling._table import LabelTable

__all__ = [
    "Acceptance",
    "AltTest",
    "LabelTable",
    "LabelingSettings",
    "Questions",
    "add_people",
    "alt_test",
    "ask_people",
    "estimate_share",
    "export_labels",
    "label_texts",
]
