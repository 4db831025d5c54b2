"""Language models whose nets run in this process, on Keras or on PyTorch."""
