"""The pages: every example runs as it is written, and prints what the page says."""

import contextlib
import io
import re
import sys
import tomllib
import types
from importlib.metadata import version
from pathlib import Path

import pytest

from sklkd.plugins import OBJECTIVES

ROOT = Path(__file__).parents[1]
PAGES = [
    "README.md",
    "docs/guide/distillation.md",
    "docs/guide/targets.md",
    "docs/guide/transfer_sets.md",
    "docs/guide/students.md",
    "docs/guide/regularization.md",
    "docs/guide/noisy_labels.md",
    "docs/guide/prototypes.md",
    "docs/guide/surrogates.md",
    "docs/guide/looking_inside.md",
    "docs/guide/tables.md",
    "docs/guide/fitting.md",
    "docs/guide/plugins.md",
    "docs/guide/testing.md",
]
# What it says is true of these releases, and is meant to become false.
FOUND = {"scikit-learn": "1.9.1", "skorch": "1.4.0"}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DECIMAL = re.compile(r"\d+\.(\d+)")


def examples(text):
    """The page's code blocks, each with the output that the page shows right below."""
    blocks = list(FENCE.finditer(text))
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        if block[1] != "python":
            continue
        below = after is not None and not text[block.end() : after.start()].strip()
        yield block[2], after[2] if below and after[1] == "text" else None


def says(page, printed):
    """Whether a page shows what was printed, but for one in a decimal's last digit.

    Training adds in the order that a processor likes best, which changes that digit.
    """
    if DECIMAL.sub("#", page) != DECIMAL.sub("#", printed):
        return False
    pairs = zip(DECIMAL.finditer(page), DECIMAL.finditer(printed), strict=True)
    return all(
        len(shown[1]) == len(found[1])
        and abs(float(shown[0]) - float(found[0])) < 1.5 * 10 ** -len(shown[1])
        for shown, found in pairs
    )


@pytest.fixture
def page(monkeypatch, tmp_path):
    """A module to run a page in, whose classes can be pickled, and an empty folder.

    What a page registers is gone when it is over.
    """
    module = types.ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(OBJECTIVES, "_plugins", dict(OBJECTIVES._plugins))
    return module


@pytest.mark.parametrize(
    "path",
    [
        *PAGES,
        pytest.param(
            "docs/found_elsewhere.md",
            marks=pytest.mark.skipif(
                any(version(name) != tested for name, tested in FOUND.items()),
                reason="the page is about other releases than those installed",
            ),
        ),
    ],
)
def test_examples_print_what_the_page_says(page, path):
    text = (ROOT / path).read_text(encoding="utf-8")

    for code, expected in examples(text):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, path, "exec"), vars(page))
        found = printed.getvalue().rstrip()
        assert expected is None or says(expected.rstrip(), found), found


def test_every_page_of_the_guide_is_run():
    guide = {str(p.relative_to(ROOT)) for p in (ROOT / "docs/guide").glob("*.md")}

    assert guide <= set(PAGES)


def test_the_picture_shows_the_floors_from_top_to_bottom():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = pyproject["tool"]["importlinter"]["contracts"]
    picture = (ROOT / "docs/develop/floors.svg").read_text(encoding="utf-8")

    names = re.findall(r'y="(\d+)" class="name">(\w+)<', picture)
    heights = dict.fromkeys(height for height, _ in names)
    floors = [" | ".join(n for h, n in names if h == height) for height in heights]

    assert floors == contract["layers"]
    assert list(heights) == sorted(heights, key=int)


def test_an_example_is_paired_with_the_output_below_it():
    text = "```python\nprint(1)\n```\n\n```text\n1\n```\n\n```python\n2\n```\nand\n"

    assert list(examples(text)) == [("print(1)\n", "1\n"), ("2\n", None)]


@pytest.mark.parametrize(
    ("printed", "is_same"),
    [
        ("right 0.84, of 17 rows", True),
        ("right 0.85, of 17 rows", True),
        ("right 0.83, of 17 rows", True),
        ("right 0.86, of 17 rows", False),
        ("right 0.841, of 17 rows", False),
        ("right 0.84, of 18 rows", False),
        ("wrong 0.84, of 17 rows", False),
    ],
)
def test_a_page_may_differ_by_one_in_the_last_digit_of_a_decimal(printed, is_same):
    assert says("right 0.84, of 17 rows", printed) is is_same
