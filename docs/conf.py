"""Sphinx: MyST pages, an API reference from each `__all__`, tables from registries."""

import sys
from pathlib import Path

import sklkd

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "sklkd"
author = "the sklkd developers"
copyright = f"2026, {author}"
version = release = sklkd.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "mathml",
    "methods_table",
    "contracts_table",
    "public_api",
]
exclude_patterns = ["_build"]
templates_path: list[str] = []

html_theme = "furo"
html_title = f"sklkd {version}"
html_static_path = ["_static"]
html_css_files = ["sklkd.css"]
html_theme_options = {"navigation_with_keys": True}
html_show_sphinx = False
pygments_style = "tango"
pygments_dark_style = "native"

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# The pages of single objects are written by public_api; autosummary makes the tables.
autosummary_generate = False
# Docstrings say what the types are, in the words of the field.
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_xref_param_type = False

# `Name` in a docstring links to the page of a public name, and is code otherwise.
default_role = "public"

# Every other reference must resolve, but there is no network to ask other projects.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(sklearn|skorch|torch|numpy|joblib|pandas|matplotlib)(\..*)?"),
    ("py:class", r"(abc|typing|collections|builtins)\..*"),
    ("py:class", r"sklkd\..*\._.*"),  # private bases
]
