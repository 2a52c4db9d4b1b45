"""The pages: every example runs as it is written, and prints what the page says."""

import contextlib
import io
import re
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    "README.md",
    "docs/index.md",
    "docs/guide/distillation.md",
    "docs/guide/targets.md",
    "docs/guide/transfer_sets.md",
    "docs/guide/students.md",
    "docs/guide/tables.md",
    "docs/guide/fitting.md",
    "docs/guide/plugins.md",
]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(text):
    """The page's code blocks, each with the output that the page shows right below."""
    blocks = list(FENCE.finditer(text))
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        if block[1] != "python":
            continue
        below = after is not None and not text[block.end() : after.start()].strip()
        yield block[2], after[2] if below and after[1] == "text" else None


@pytest.fixture
def page(monkeypatch, tmp_path):
    """A module to run a page in, whose classes can be pickled, and an empty folder."""
    module = types.ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    monkeypatch.chdir(tmp_path)
    return module


@pytest.mark.parametrize("path", PAGES)
def test_examples_print_what_the_page_says(page, path):
    text = (ROOT / path).read_text(encoding="utf-8")

    for code, expected in examples(text):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, path, "exec"), vars(page))
        if expected is not None:
            assert printed.getvalue().rstrip() == expected.rstrip()


def test_every_page_of_the_guide_is_run():
    guide = {str(p.relative_to(ROOT)) for p in (ROOT / "docs/guide").glob("*.md")}

    assert guide <= set(PAGES)


def test_an_example_is_paired_with_the_output_below_it():
    text = "```python\nprint(1)\n```\n\n```text\n1\n```\n\n```python\n2\n```\nand\n"

    assert list(examples(text)) == [("print(1)\n", "1\n"), ("2\n", None)]
