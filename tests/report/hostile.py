"""Label issues of few rows, some of which would do harm on a careless page."""

import numpy as np

from keraswrap.issues import find_label_issues

HOSTILE = [
    "<script>window.harmed = 1</script>",
    '<img src=x onerror="window.harmed = 2">',
    "</script><script>window.harmed = 3</script>",
    '<a href="javascript:window.harmed = 4">link</a>',
    "<!-- <script> --> ]]> &lt;b&gt; {{ 7 * 7 }}",
    "مرحبا \u202e gnp.exe \u202c 😀👩‍👩‍👧",
    "line\u2028separator\u2029and\x00null\r\nlines",
    '=HYPERLINK("javascript:window.harmed = 5")',
    '"><svg onload="window.harmed = 6">',
    "half \ud83d a pair",
]
CLASSES = ["<b>bad</b>", "=good", "mixed"]


def hostile_issues(n=60, k=3, seed=0):
    """Texts, labels and issues; every hostile text is suspected."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n)
    proba = np.full((n, k), 0.04)
    proba[np.arange(n), truth] = 1 - 0.04 * (k - 1)
    proba[:, 0] += rng.uniform(0, 0.02, n)
    proba /= proba.sum(axis=1, keepdims=True)
    codes = truth.copy()
    codes[: len(HOSTILE)] = (truth[: len(HOSTILE)] + 1) % k
    texts = [*HOSTILE, *(f"review number {i}" for i in range(len(HOSTILE), n))]
    y = np.array(CLASSES)[codes]
    return texts, y, find_label_issues(proba, texts, y, classes=CLASSES, out_of_sample=True)
