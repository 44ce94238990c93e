"""Holds the package to its layout: who may import whom, and who alone may do what.

Every rule is a function from a module's name and syntax tree to the violations in it. Each is
applied to the whole package, and to planted violations that prove that it can fail.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What each layer may import; itself and `errors` go without saying. A dotted name is a module that
# may import more than its layer does.
ARROWS = {
    "__init__": {"api", "text"},
    "__main__": {"cli"},
    "cli": {"api", "integrations", "report", "config", "text"},
    "integrations": {"api", "io", "text", "config"},
    "api": {"engines", "training", "io", "report", "batching", "decoding", "text", "config"},
    "training": {"models", "batching", "decoding", "text", "config"},
    "engines": {"batching", "decoding", "config"},
    "engines.torch": {"models"},
    "models": {"layers", "config"},
    "io": {"text", "config"},
    "batching": {"text"},
    "report": {"text"},
    "layers": {"config"},
    "decoding": {"config"},
    "text": set(),
    "config": set(),
    "errors": set(),
}

# Who may import a library, if not everybody may.
LIBRARIES = {
    "matplotlib": {"report.attention"},
    "onnx": {"engines.onnx_graph"},
    "onnxruntime": {"engines.onnx"},
    "pooch": {"io"},
    "requests": {"io"},
    "safetensors": {"io"},
    "seqeval": {"training"},
    "spacy": {"text", "io.docbin", "integrations"},
    "tokenizers": {"text"},
    "tomli_w": {"config"},
    "torch": {"layers", "models", "engines.torch", "training", "api"},
    "torchtext": {"text.torchtext", "integrations.torchtext"},
    "tqdm": {"cli"},
    "urllib3": {"io"},
}
# Who may import torch only inside functions, so that it can be used without torch.
LATE_TORCH = {"api"}

# Calls that touch the file system, as functions or as methods.
FILE_CALLS = {
    "open",
    "fdopen",
    "memmap",
    "mkstemp",
    "mkdtemp",
    "read_bytes",
    "read_text",
    "write_bytes",
    "write_text",
}

# Modules and functions that run what a file says.
UNSAFE_MODULES = {"cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}
UNSAFE_FUNCTIONS = {"compile", "eval", "exec"}
UNSAFE_METHODS = {("torch", "load"), ("torch", "save"), ("numpy", "load"), ("np", "load")}

Rule = Callable[[str, ast.Module], list[str]]


@dataclass(frozen=True)
class Import:
    """An import statement's target: a dotted name, its line, and whether a function holds it."""

    target: str
    line: int
    late: bool


def imports(module: str, tree: ast.Module) -> Iterator[Import]:
    """Yield every import of a module, also those in functions and those for types only."""
    late = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    late |= {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.Call):
            continue
        targets: list[str] = []
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".")[: -node.level]
                base = ".".join([*package, *([base] if base else [])])
            targets = [f"{base}.{alias.name}" for alias in node.names]
        elif called(node)[1] in {"import_module", "__import__"}:
            argument = node.args[0]
            targets = [str(argument.value)] if isinstance(argument, ast.Constant) else []
        for target in targets:
            yield Import(target, node.lineno, id(node) in late)


def called(node: ast.Call) -> tuple[str, str]:
    """Return what a call calls: the object's source, or "" for a plain name, and the name."""
    if isinstance(node.func, ast.Attribute):
        return ast.unparse(node.func.value), node.func.attr
    return "", node.func.id if isinstance(node.func, ast.Name) else ""


def calls(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Yield for every call the object, the name and the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield *called(node), node.lineno


def layer_of(dotted: str) -> str:
    """Return the layer of a name within seqtag; public names of the package belong to ``api``."""
    parts = dotted.split(".")
    if len(parts) == 1 or (len(parts) == 2 and parts[1] not in ARROWS):
        return "api"
    return parts[1]


def own_names(module: str) -> set[str]:
    """Return the names under which tables may list a module: its layer and its dotted path."""
    path = module.removeprefix("seqtag.").removesuffix(".__init__")
    return {path, path.split(".")[0]}


def check_arrows(module: str, tree: ast.Module) -> list[str]:
    """Imports inside the package follow the arrows."""
    names = own_names(module)
    allowed = {"errors"} | names
    for name in names:
        allowed |= ARROWS.get(name, set())
    return [
        f"{module}:{found.line}: imports {found.target}"
        for found in imports(module, tree)
        if found.target.split(".")[0] == "seqtag"
        and found.target != "seqtag.__version__"
        and layer_of(found.target) not in allowed
    ]


def check_layers(module: str, tree: ast.Module) -> list[str]:
    """Every module belongs to a layer that the arrows know."""
    del tree
    return [] if own_names(module) & ARROWS.keys() else [f"{module}: has no place in the layout"]


def check_dynamic_imports(module: str, tree: ast.Module) -> list[str]:
    """Imports by a computed name, which no test can follow, are for the lazy package and cli."""
    if own_names(module) & {"__init__", "cli"}:
        return []
    return [
        f"{module}:{node.lineno}: imports by a computed name"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and called(node)[1] in {"import_module", "__import__"}
        and not isinstance(node.args[0], ast.Constant)
    ]


def check_libraries(module: str, tree: ast.Module) -> list[str]:
    """Libraries with sole users are imported by these only."""
    return [
        f"{module}:{found.line}: imports {found.target}"
        for found in imports(module, tree)
        if not own_names(module) & LIBRARIES.get(found.target.split(".")[0], own_names(module))
    ]


def check_late_torch(module: str, tree: ast.Module) -> list[str]:
    """Layers that can be used without torch import it inside functions only."""
    return [
        f"{module}:{found.line}: imports {found.target} for all that import this module"
        for found in imports(module, tree)
        if own_names(module) & LATE_TORCH and found.target.split(".")[0] == "torch"
        if not found.late
    ]


def check_prints(module: str, tree: ast.Module) -> list[str]:
    """Only ``cli`` prints."""
    if "cli" in own_names(module):
        return []
    return [
        f"{module}:{line}: prints"
        for owner, name, line in calls(tree)
        if (owner, name) in {("", "print"), ("sys.stdout", "write"), ("sys.stderr", "write")}
    ]


def check_files(module: str, tree: ast.Module) -> list[str]:
    """Only ``io`` opens files; others call its functions, whose names may be the same.

    The null device is no file.
    """
    if "io" in own_names(module):
        return []
    null_device = {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.args[0]) == "os.devnull"
    }
    ours = {
        found.target.split(".")[-1]
        for found in imports(module, tree)
        if found.target.startswith("seqtag.io.")
    }
    return [
        f"{module}:{line}: calls {name}"
        for owner, name, line in calls(tree)
        if name in FILE_CALLS and (owner or name) not in ours and line not in null_device
    ]


def check_unsafe(module: str, tree: ast.Module) -> list[str]:
    """Nothing runs what a file says."""
    found = [
        f"{module}:{found.line}: imports {found.target}"
        for found in imports(module, tree)
        if found.target.split(".")[0] in UNSAFE_MODULES
        or tuple(found.target.split(".")) in UNSAFE_METHODS
    ]
    found += [
        f"{module}:{line}: calls {name}"
        for owner, name, line in calls(tree)
        if (not owner and name in UNSAFE_FUNCTIONS) or (owner, name) in UNSAFE_METHODS
    ]
    return found


def modules(folder: Path) -> dict[str, ast.Module]:
    """Return the syntax tree of every module below a folder, by its dotted name."""
    return {
        ".".join(path.relative_to(folder.parent).with_suffix("").parts): ast.parse(
            path.read_text(encoding="utf-8"), str(path)
        )
        for path in sorted(folder.rglob("*.py"))
    }


PACKAGE = modules(ROOT / "seqtag")


def violations(rule: Rule) -> list[str]:
    """Return what a rule finds in the package."""
    return [violation for module, tree in PACKAGE.items() for violation in rule(module, tree)]


def test_package_is_found() -> None:
    assert {"seqtag.__init__", "seqtag.errors", "seqtag.text.sentence"} <= PACKAGE.keys()


def test_imports_follow_the_arrows() -> None:
    assert violations(check_arrows) == []


def test_every_module_has_a_place_in_the_layout() -> None:
    assert violations(check_layers) == []


def test_imports_by_computed_names_are_rare() -> None:
    assert violations(check_dynamic_imports) == []


def test_libraries_have_their_sole_users() -> None:
    assert violations(check_libraries) == []


def test_torch_is_imported_late_where_it_may_be_absent() -> None:
    assert violations(check_late_torch) == []


def test_only_cli_prints() -> None:
    assert violations(check_prints) == []


def test_only_io_opens_files() -> None:
    assert violations(check_files) == []


def test_nothing_runs_what_a_file_says() -> None:
    assert violations(check_unsafe) == []


def test_corpora_need_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"corpora"}
    found = [
        f"{module}:{found.line}: imports {found.target}"
        for module, tree in modules(ROOT / "corpora").items()
        for found in imports(module, tree)
        if found.target.split(".")[0] not in allowed
    ]
    assert found == []


@pytest.mark.parametrize("name", ["seqtag", "seqtag.api.load", "seqtag.text.sentence"])
def test_importing_does_not_load_torch(name: str) -> None:
    """What can be used without torch imports where torch cannot be."""
    code = f"import sys; sys.modules['torch'] = None; import {name}"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    ("rule", "module", "source"),
    [
        (check_arrows, "seqtag.layers.crf", "from seqtag.text.vocabulary import Vocabulary"),
        (check_arrows, "seqtag.layers.crf", "import seqtag.text"),
        (check_arrows, "seqtag.layers.crf", "from seqtag import text"),
        (check_arrows, "seqtag.layers.crf", "from seqtag import load"),
        (check_arrows, "seqtag.layers.crf", "import seqtag"),
        (check_arrows, "seqtag.layers.crf", "from ..text import vocabulary"),
        (check_arrows, "seqtag.layers.__init__", "from ..text.vocabulary import Vocabulary"),
        (check_arrows, "seqtag.layers.crf", "from .. import io"),
        (check_arrows, "seqtag.text.schemes", "def f():\n    from seqtag.config import RunConfig"),
        (check_arrows, "seqtag.io.conll", "if TYPE_CHECKING:\n    from seqtag.api import load"),
        (check_arrows, "seqtag.io.conll", "importlib.import_module('seqtag.api.load')"),
        (check_arrows, "seqtag.engines.onnx", "from seqtag.models.tagger import TaggerModel"),
        (check_arrows, "seqtag.cli.train", "from seqtag.io.conll import read_sentences"),
        (check_arrows, "seqtag.errors", "from seqtag.config import RunConfig"),
        (check_layers, "seqtag.utils", ""),
        (check_layers, "seqtag.common.helpers", ""),
        (check_dynamic_imports, "seqtag.io.conll", "import_module(name)"),
        (check_dynamic_imports, "seqtag.io.conll", "__import__('seqtag.' + name)"),
        (check_libraries, "seqtag.text.schemes", "import torch"),
        (check_libraries, "seqtag.decoding.viterbi", "from torch import Tensor"),
        (check_libraries, "seqtag.engines.onnx", "def f():\n    import torch.nn"),
        (check_libraries, "seqtag.training.loop", "from tqdm import tqdm"),
        (check_libraries, "seqtag.api.evaluate", "import seqeval.metrics"),
        (check_libraries, "seqtag.api.export", "import onnx"),
        (check_libraries, "seqtag.report.charts", "import matplotlib"),
        (check_late_torch, "seqtag.api.load", "import torch"),
        (check_late_torch, "seqtag.api.load", "try:\n    from torch import nn\nfinally:\n    pass"),
        (check_prints, "seqtag.api.train", "print('epoch')"),
        (check_prints, "seqtag.training.loop", "def f():\n    sys.stderr.write('epoch')"),
        (check_files, "seqtag.api.train", "open('x')"),
        (check_files, "seqtag.text.vocabulary", "Path('x').open()"),
        (check_files, "seqtag.config.toml", "path.read_text()"),
        (check_files, "seqtag.api.load", "from seqtag.io.x import read_text\npath.read_text()"),
        (check_unsafe, "seqtag.io.checkpoint", "import pickle"),
        (check_unsafe, "seqtag.io.checkpoint", "from pickle import loads"),
        (check_unsafe, "seqtag.io.checkpoint", "torch.load(path)"),
        (check_unsafe, "seqtag.io.checkpoint", "from torch import load"),
        (check_unsafe, "seqtag.io.checkpoint", "np.load(path)"),
        (check_unsafe, "seqtag.config.run", "eval(text)"),
        (check_unsafe, "seqtag.config.run", "exec(text)"),
    ],
)
def test_planted_violation_is_found(rule: Rule, module: str, source: str) -> None:
    assert len(rule(module, ast.parse(source))) == 1


@pytest.mark.parametrize(
    ("rule", "module", "source"),
    [
        (check_arrows, "seqtag.layers.crf", "from seqtag.config import EncoderConfig"),
        (check_arrows, "seqtag.layers.crf", "from .dropout import Dropout"),
        (check_arrows, "seqtag.layers.crf", "from seqtag.errors import DataError"),
        (check_arrows, "seqtag.engines.torch", "from seqtag.models.tagger import TaggerModel"),
        (check_arrows, "seqtag.api.model_files", "from seqtag import __version__"),
        (check_arrows, "seqtag.__init__", "from seqtag.api.load import load"),
        (check_arrows, "seqtag.__main__", "from seqtag.cli.main import main"),
        (check_layers, "seqtag.text", ""),
        (check_dynamic_imports, "seqtag.__init__", "import_module(PLACES[name])"),
        (check_dynamic_imports, "seqtag.io.conll", "import_module('gzip')"),
        (check_libraries, "seqtag.engines.torch", "import torch"),
        (check_libraries, "seqtag.text.schemes", "import numpy"),
        (check_late_torch, "seqtag.api.load", "def f():\n    import torch"),
        (check_late_torch, "seqtag.api.load", "if TYPE_CHECKING:\n    import torch"),
        (check_prints, "seqtag.cli.train", "print('epoch')"),
        (check_files, "seqtag.io.conll", "open('x')"),
        (check_files, "seqtag.api.load", "from seqtag.io.x import read_text\nread_text('x')"),
        (check_files, "seqtag.api.load", "from seqtag.io import x\nx.read_text('y')"),
        (check_files, "seqtag.cli.main", "os.open(os.devnull, os.O_WRONLY)"),
        (check_unsafe, "seqtag.engines.torch", "model.eval()"),
        (check_unsafe, "seqtag.text.features", "re.compile('x')"),
    ],
)
def test_what_is_allowed_is_not_reported(rule: Rule, module: str, source: str) -> None:
    assert rule(module, ast.parse(source)) == []
