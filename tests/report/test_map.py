"""The map of the rows: where they lie, and how it is used in a real browser."""

import numpy as np
import pytest
from hostile import hostile_issues
from pages import shown
from scipy import sparse
from sklearn.decomposition import PCA

from keraswrap.exceptions import InputError
from keraswrap.issues import find_label_issues
from keraswrap.report import make_report
from keraswrap.report._map import make_map

N = 120


def draw_vectors(n=N, d=12, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)) * np.arange(d, 0, -1)


def test_vectors_are_reduced_as_pca_does_and_the_same_each_time():
    vectors = draw_vectors()
    found = make_map(vectors, N)
    plane = PCA(2, svd_solver="full").fit_transform(vectors)
    for axis in (0, 1):
        rank = np.corrcoef(found.coordinates[:, axis], plane[:, axis])[0, 1]
        assert abs(rank) > 0.999
    again = make_map(vectors.astype(np.float32), N)
    assert np.array_equal(make_map(vectors, N).coordinates, found.coordinates)
    assert np.abs(again.coordinates - found.coordinates).max() <= 1


def test_sparse_vectors_are_placed_like_dense_ones():
    vectors = draw_vectors() * (np.random.default_rng(1).random((N, 12)) < 0.5)
    dense, thin = make_map(vectors, N), make_map(sparse.csr_matrix(vectors), N)
    for axis in (0, 1):
        assert abs(np.corrcoef(dense.coordinates[:, axis], thin.coordinates[:, axis])[0, 1]) > 0.99


@pytest.mark.parametrize("vectors", [[[1.0, 1.0]] * 5, [[0.0, 1.0, 2.0]], np.zeros((40, 3))])
def test_rows_that_are_alike_or_few_are_placed_too(vectors):
    found = make_map(vectors, len(vectors))
    assert found.coordinates.shape == (len(vectors), 2)
    assert ((found.coordinates >= 0) & (found.coordinates < 1000)).all()


def test_one_row_far_away_leaves_the_others_apart():
    plane = np.random.default_rng(0).normal(size=(5000, 2))
    plane[0] = 1e9
    found, others = make_map(plane, 5000).coordinates, make_map(plane[1:], 4999).coordinates
    assert found[0].tolist() == [999, 999]
    assert np.abs(found[1:] - others).max() <= 20  # of 1,000


@pytest.mark.parametrize(("n", "regions"), [(30, 1), (60, 2), (1000, 16)])
def test_regions_hold_as_many_rows_each_and_do_not_overlap(n, regions):
    found = make_map(draw_vectors(n), n)
    counts = np.bincount(found.region)
    assert len(counts) == regions
    assert np.ptp(counts) <= 1 or counts.min() >= 20
    for one in range(regions):
        for other in range(one):
            a, b = (found.coordinates[found.region == part] for part in (one, other))
            assert ((a.max(0) <= b.min(0)) | (b.max(0) <= a.min(0))).any()


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.zeros((3, 4)), r"shape \(120, d\) with d ≥ 2, got \(3, 4\)"),
        (np.zeros((N, 1)), r"got \(120, 1\)"),
        (np.full((N, 3), np.nan), "Expected finite numbers"),
    ],
)
def test_what_is_no_vector_for_each_row_is_refused(vectors, message):
    _, _, issues = hostile_issues(n=N)
    with pytest.raises(InputError, match=message):
        make_report(issues, vectors=vectors)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "report.html"
    texts, _, issues = hostile_issues(n=N)
    plane = np.random.default_rng(0).uniform(size=(N, 2))
    plane[0], plane[1] = (0, 0), (1, 1)
    report = make_report(issues, texts, vectors=plane)
    report.save(path)
    return path, issues, make_map(plane, N).coordinates


@pytest.fixture
def page(saved, open_page):
    page = open_page(saved[0])
    page.get_by_label("Suspected only").uncheck()
    page.locator("#map").scroll_into_view_if_needed()
    return page


def drag(page, left, top, right, bottom):
    """Drag a frame over shares of the canvas."""
    page.locator("#map-canvas").scroll_into_view_if_needed()
    box = page.locator("#map-canvas").bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"])
          for x, y in ((left, top), (right, bottom))]  # fmt: skip
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=3)
    told = page.locator("#map-said").inner_text()
    page.mouse.up()
    return told


@pytest.mark.browser
def test_a_frame_lists_the_rows_in_it_and_a_click_ends_it(page, saved):
    told = drag(page, 0.25, 0.25, 0.6, 0.8)
    rows = shown(page)
    assert told.startswith(f"{len(rows)} row")
    inside = saved[2] / 1000 * (1, -1) + (0, 1)  # a screen counts from the top
    clear = ((inside > (0.27, 0.28)) & (inside < (0.58, 0.77))).all(axis=1)
    near = ((inside > (0.23, 0.22)) & (inside < (0.62, 0.83))).all(axis=1)
    assert set(np.flatnonzero(clear)) <= set(rows) <= set(np.flatnonzero(near))
    assert clear.sum() > 10
    page.get_by_role("button", name="Only rows in the frame on the map").click()
    assert page.locator("#found").inner_text() == f"{N} rows"
    drag(page, 0, 0, 0.5, 0.5)
    page.locator("#map-canvas").click(position={"x": 5, "y": 5})
    assert page.locator("#found").inner_text() == f"{N} rows"


@pytest.mark.browser
def test_by_keyboard_a_frame_is_moved_sized_and_taken(page, saved):
    page.locator("#map-canvas").focus()
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "+", "+"):
        page.keyboard.press(key)
    told = page.locator("#map-said").inner_text()
    page.keyboard.press("Enter")
    ends = (280, 999 - 719, 639, 999 - 360)
    inside = (saved[2] >= ends[:2]).all(axis=1) & (saved[2] <= ends[2:]).all(axis=1)
    assert set(shown(page)) == set(np.flatnonzero(inside))
    assert told.startswith(f"{inside.sum()} row")
    page.keyboard.press("Escape")
    assert page.locator("#found").inner_text() == f"{N} rows"


@pytest.mark.browser
def test_regions_are_slices_that_a_keyboard_reaches(page, saved):
    page.locator("#slices-rows").get_by_role("button", name="1", exact=True).press("Enter")
    page.get_by_label("Suspected only").uncheck()
    region = make_map(np.asarray(saved[2], float), N).region
    assert abs(len(shown(page)) - (region == 0).sum()) <= 1


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (1440, "light"), (1440, "dark"), (3840, "light")]
)
def test_points_are_drawn_at_each_width_and_in_both_schemes(page, pictures, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(200)
    drawn = page.evaluate(
        "(() => { const c = document.getElementById('map-canvas');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i] > 100) n += 1;"
        " return [n, c.width, c.clientWidth]; })()"
    )
    assert drawn[0] > N * 10
    assert drawn[1] == drawn[2]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#map").screenshot(path=pictures / f"map-{width}-{scheme}.png")
    assert [line for line in page.heard if not line.startswith("file:")] == []


@pytest.mark.browser
def test_50_000_rows_stay_within_the_limits(open_page, tmp_path):
    n = 50_000
    rng = np.random.default_rng(0)
    truth = rng.integers(4, size=n)
    proba = np.full((n, 4), 0.05)
    proba[np.arange(n), truth] = 0.85
    y = np.where(rng.random(n) < 0.02, rng.integers(4, size=n), truth)
    texts = [f"text {i} " * 20 for i in range(n)]
    issues = find_label_issues(proba, texts, y, out_of_sample=True)
    told = {"neighbors": None, "details": {"part": rng.integers(9, size=n)}}
    without = make_report(issues, texts, neighbors=None).to_html()
    report = make_report(issues, texts, **told, vectors=rng.normal(size=(n, 64)) + truth[:, None])
    report.save(tmp_path / "many.html")
    assert (tmp_path / "many.html").stat().st_size - len(without) < 2_000_000
    page = open_page(tmp_path / "many.html")
    page.get_by_label("Suspected only").uncheck()
    drag(page, 0.1, 0.1, 0.9, 0.9)
    assert 20_000 < int(page.locator("#found").inner_text().split()[0].replace(",", "")) < n
    took = page.evaluate(
        "(() => { const start = performance.now();"
        " document.getElementById('clear').click(); return performance.now() - start; })()"
    )
    assert took < 3000
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    assert session.send("Runtime.getHeapUsage")["usedSize"] < 300e6
