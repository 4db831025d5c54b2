"""Each class of a file has a name of its own."""

from keraswrap.model_files._kinds import ENSEMBLES, PLAIN, SELECTIVE, one_of


def test_no_two_classes_share_a_name():
    names = [kind.__name__ for kind in (*PLAIN, *ENSEMBLES, *SELECTIVE)]
    assert len(set(names)) == len(names) == 8


def test_they_are_told_in_words():
    assert one_of(SELECTIVE) == "one of SelectiveClassifier"
