"""docs/security.md promises nothing without a test: each that it names exists, and both check-lists are whole."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
# No model learns or looks anything up here, so there is nothing to show.
WITHOUT_A_TEST = {"8 vectors and embeddings"}


def names_in(path: str) -> set[str]:
    """The names of the tests in a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert name in names_in(path)


@pytest.mark.parametrize("title", ["OWASP API Security", "OWASP Top 10 for LLM"])
def test_both_lists_have_ten_risks_and_a_test_for_each(title: str) -> None:
    (section,) = (part for part in PAGE.split("\n## ") if part.startswith(title))
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if re.match(r"\| \d", line)]
    assert [int(row[0].split()[0]) for row in rows] == list(range(1, 11))
    assert {row[0] for row in rows if "::" not in row[-1]} <= WITHOUT_A_TEST


def test_every_file_that_is_named_exists() -> None:
    for path in re.findall(r"`([\w/]+/[\w.-]+\.\w+)`", PAGE):
        assert (ROOT / path).is_file(), path


def test_both_readmes_lead_to_it() -> None:
    for name in ("README.md", "README.ko.md"):
        assert "docs/security.md" in (ROOT / name).read_text(encoding="utf-8")
