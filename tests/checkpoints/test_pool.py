"""What is loaded once a process, and what stays."""

import threading
import time
import weakref

from keraswrap._checkpoints.pool import Pool


class Thing:
    """Something that can be referred to weakly."""


def test_what_was_used_last_stays_and_the_rest_goes_with_its_last_user():
    pool, used = Pool(kept=2), {}
    for key in "abac":
        used[key] = weakref.ref(pool.get(key, Thing))
    assert {key: ref() is None for key, ref in used.items()} == {"a": False, "b": True, "c": False}
    held = pool.find("a")
    pool.release()
    assert pool.find("a") is held
    assert pool.find("c") is None


def test_threads_make_one_between_them():
    pool, made, found = Pool(kept=1), [], []

    def make():
        time.sleep(0.05)
        made.append(1)
        return Thing()

    threads = [threading.Thread(target=lambda: found.append(pool.get("a", make))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len({id(each) for each in found})) == (1, 1)
