"""Rules of Adult: a run on a small set in its shape, and whom it chooses."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def folder(tmp_path):
    """A file in the shape of Adult's: the married with a high grade earn much."""
    rng = np.random.default_rng(0)
    n = 600
    frame = pd.DataFrame(
        {
            "age": rng.integers(17, 80, n),
            "education_num": rng.integers(1, 17, n),
            "marital_status": rng.choice(["Never-married", "Married"], n),
            "sex": rng.choice(["Male", "Female"], n),
            "occupation": rng.choice(["Sales", "Craft", None], n),
            "split": np.where(np.arange(n) < 400, "train", "test"),
        }
    )
    rich = (frame["marital_status"] == "Married") & (frame["education_num"] > 9)
    rich ^= rng.random(n) < 0.1
    frame["income"] = np.where(rich, ">50K", "<=50K")
    frame.to_csv(tmp_path / "adult.csv.gz", index=False)
    return tmp_path


@pytest.fixture
def script(imported):
    return imported("surrogate_adult")


def test_a_run_prints_rules_numbers_and_people(script, folder, capsys):
    script.main(["--data", str(folder), "--rows", "300"])

    told = capsys.readouterr().out
    assert told.startswith("300 people, 200 others")
    assert all(f"### {name}" in told for name in ("soft tree", "TREPAN", "rule list"))
    assert "education_num" in told
    assert told.count("\n  otherwise: ") == told.count("\n  rule: if ") >= 2


def test_nobody_gets_another_age_or_sex(script, folder, capsys):
    script.main(["--data", str(folder)])

    changes = [
        line for line in capsys.readouterr().out.splitlines() if "otherwise:" in line
    ]
    assert changes
    assert not [line for line in changes if "age" in line or "sex" in line]


def test_the_first_of_each_kind_is_chosen(script):
    class Says:
        classes_ = np.array(["a", "b"])

        def __init__(self, words):
            self.words = np.array(list(words))

        def predict(self, X):
            return self.words

    assert script.chosen(Says("aabb"), Says("aaba"), None) == [0, 2, 3]
    assert script.chosen(Says("bb"), Says("bb"), None) == [0]


def test_without_its_file_it_says_how_to_get_it(script, tmp_path):
    with pytest.raises(SystemExit, match=r"adult\.csv\.gz is not in"):
        script.main(["--data", str(tmp_path)])
