"""The demo: a table and a picture, printed and written, from one command."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"


@pytest.fixture
def demo():
    spec = importlib.util.spec_from_file_location("demo", DEMO)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_quick_run_measures_three_models(demo, tmp_path, capsys):
    plt = pytest.importorskip("matplotlib.pyplot")

    demo.main(["--quick", "--jobs", "1", "--out", str(tmp_path / "new" / "demo")])

    table = (tmp_path / "new" / "demo" / "comparison.md").read_text()
    assert table in capsys.readouterr().out
    rows = [re.split(r" *\| *", line)[1:3] for line in table.splitlines()[2:]]
    assert [name for name, _ in rows] == ["teacher", "hard labels", "distilled"]
    accuracy = [float(cell.split()[0]) for _, cell in rows]
    assert min(accuracy) > 85
    picture = plt.imread(tmp_path / "new" / "demo" / "comparison.png")
    assert len(np.unique(picture[::8, ::8, 0])) > 20


def test_what_is_won_is_a_mean_of_folds_with_its_standard_error(demo):
    assert demo.difference(np.array([0.01, 0.03])) == "+2.00 ± 1.00 points"
