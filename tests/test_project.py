"""The files around the package agree with it and with each other."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import importlib.resources
import os
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(read("setup.cfg"))
    return parser


def names(requirements: str) -> set[str]:
    """Return the names of the projects in a list of requirements, as constraints spell them."""
    lines = (line.strip() for line in requirements.splitlines())
    return {re.split(r"[\[<>=~!;, ]", line)[0].lower().replace("_", "-") for line in lines if line}


def required(*projects: str) -> set[str]:
    """Return the names of installed projects and of all that they require on this machine."""
    found: set[str] = set()
    left = list(projects)
    while left:
        name = left.pop().lower().replace("_", "-")
        if name in found:
            continue
        found.add(name)
        for line in importlib.metadata.requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                left.append(requirement.name)
    return found


def version() -> str:
    """Return the package's version without importing it."""
    for statement in ast.parse(read("seqtag/__init__.py")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__version__":
            return str(ast.literal_eval(statement.value))
    return ""


def test_setup_lists_every_package(setup: configparser.ConfigParser) -> None:
    folders = {path.parent for top in ("seqtag", "corpora") for path in ROOT.glob(f"{top}/**/*.py")}
    packages = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    expected = {re.sub("^corpora", "seqtag.corpora", package) for package in packages}
    assert set(setup["options"]["packages"].split()) == expected


def test_every_package_has_an_init_file() -> None:
    folders = {path.parent for top in ("seqtag", "corpora") for path in ROOT.glob(f"{top}/**/*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


CONSTRAINTS = {
    "constraints.txt": {"onnx", "plot", "test", "dev"},
    "constraints-torchtext.txt": {"onnx", "plot", "test", "torchtext"},
}
"""Each file of pinned versions, and the extras that are installed with it."""


def test_the_guide_gives_a_reason_for_every_requirement(setup: configparser.ConfigParser) -> None:
    section = read("docs/guide.md").partition("\n## What is installed\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|$", section, re.MULTILINE)
    named = [name for cell, _ in rows for name in re.findall("`([^`]+)`", cell)]
    assert sorted(named) == sorted(names(setup["options"]["install_requires"]))
    assert all(reason.strip() for _, reason in rows)


def test_what_the_guide_says_of_pulled_packages_is_what_they_require() -> None:
    """Of the versions of the constraints; what torch and the like pull is none of it."""
    pinned = pins("constraints.txt")
    section = read("docs/guide.md").partition("\n## What is installed\n")[2]
    rows = re.findall(r"^\| `([a-z-]+)` \| [\d.]+ \| (.*) \| [\d.]+ \|$", section, re.MULTILINE)
    assert len(rows) == 4
    shared = required("torch", "spacy", "seqeval", "tqdm", "safetensors")
    for package, pulled in rows:
        if importlib.metadata.version(package) != pinned[package]:
            pytest.skip(f"{package} is not that of constraints.txt")
        named = set(pulled.lower().split(", ")) - {"nothing"}
        assert named == required(package) - shared - {package}, package


def pins(file: str) -> dict[str, str]:
    """Return what a file of constraints pins: the version of each project."""
    lines = [line for line in read(file).splitlines() if not line.startswith("#")]
    return dict(line.split("==") for line in lines)


@pytest.mark.parametrize("file", CONSTRAINTS)
def test_constraints_pin_every_requirement(setup: configparser.ConfigParser, file: str) -> None:
    wanted = setup["options"]["install_requires"]
    for extra in CONSTRAINTS[file]:
        wanted += setup["options.extras_require"][extra]
    assert names(wanted) - pins(file).keys() == {"seqtag"}


def test_the_oldest_versions_that_are_allowed_are_tested(setup: configparser.ConfigParser) -> None:
    wanted = setup["options"]["install_requires"]
    for extra in ("onnx", "plot"):
        wanted += setup["options.extras_require"][extra]
    bounds = re.findall(r"^([a-z0-9-]+)>=([0-9.]+)", wanted, re.MULTILINE)
    assert {name for name, _ in bounds} == names(wanted)
    tested = pins("constraints-torchtext.txt")
    for name, bound in bounds:
        assert f"{tested[name]}.".startswith(f"{bound}."), name


def test_every_extra_has_constraints(setup: configparser.ConfigParser) -> None:
    assert set(setup["options.extras_require"]) == set().union(*CONSTRAINTS.values())


@pytest.mark.parametrize("file", CONSTRAINTS)
def test_constraints_hold_plain_versions_only(file: str) -> None:
    """No local versions, paths or addresses, which another machine could not install."""
    lines = [line for line in read(file).splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9.]+", line)] == []


def test_oldest_torch_that_is_tested_is_the_oldest_that_is_allowed(
    setup: configparser.ConfigParser,
) -> None:
    (torch,) = re.findall(r"torch>=([0-9.]+)$", setup["options"]["install_requires"], re.MULTILINE)
    assert pins("constraints-torchtext.txt")["torch"].startswith(torch + ".")


def test_changelog_has_the_current_version() -> None:
    assert f"## [{version()}]" in read("CHANGELOG.md")


@pytest.mark.parametrize("name", ["scripts/quickstart", "scripts/test", ".ci/run"])
def test_scripts_are_executable(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


def test_command_line_is_where_setup_says(setup: configparser.ConfigParser) -> None:
    module, function = setup["options.entry_points"]["console_scripts"].split("= ")[1].split(":")
    tree = ast.parse(read(module.replace(".", "/") + ".py"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_samples_are_installed_with_the_package() -> None:
    try:
        importlib.metadata.version("seqtag")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("seqtag is not installed, the tests run from its source folder alone")
    sample = importlib.resources.files("seqtag.corpora") / "samples" / "ner" / "train.conll"
    assert sample.is_file()
