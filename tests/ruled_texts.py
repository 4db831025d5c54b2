"""Texts that a rule labels as people do, half of which people have labeled."""

N = 200
TEXTS = [f"{word} {n}" for n in range(N // 2) for word in ("fine", "broke")]
PEOPLE = ["good", "bad"] * (N // 4) + [None] * (N // 2)


def rule(texts):
    return ["good" if "fine" in text else "bad" for text in texts]


def numbered(n):
    return [f"text {i}" for i in range(n)]
