"""Two moons: what is drawn, what is known, and a run."""

import numpy as np
import pytest


@pytest.fixture
def script(imported):
    return imported("two_moons")


def test_four_of_each_moon_are_known(script):
    X, known, X_new, y_new = script.moons(0)

    assert sorted(known[known != script.UNKNOWN]) == [0] * 4 + [1] * 4
    assert len(X) == len(known) == script.N_ROWS
    assert len(X_new) == len(y_new) == script.N_NEW


def test_the_reach_knows_no_unit_of_measurement(script):
    X = script.moons(0)[0]

    assert script.reach(1000 * X + 5) == pytest.approx(script.reach(X), rel=1e-3)


def test_a_quick_run_draws_a_picture(script, tmp_path, capsys):
    plt = pytest.importorskip("matplotlib.pyplot")
    path, before = tmp_path / "moons.png", plt.get_fignums()

    script.main(["--quick", "--out", str(path)])

    picture = plt.imread(path)
    assert picture.shape[1] > 1000
    assert len(np.unique(picture[::8, ::8, 0])) > 100
    assert "eight labels" in capsys.readouterr().out
    assert plt.get_fignums() == before
