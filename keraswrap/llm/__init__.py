"""Language models as scikit-learn classifiers, without training."""
