"""Mutants of the formulas: one small fault each, made in the syntax tree of one function.

What is changed: comparisons (boundary and opposite), arithmetic, signs, logic of Python and of Polars expressions, whole numbers,
conditions, ``min`` and ``max``, kinds of joins. Texts are left alone: a name of a column has its schema, a message its own tests.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parents[2]
TARGETS = (
    "consolidation/money.py",
    "consolidation/statement.py",
    "consolidation/minimum_capital/*.py",
    "consolidation/actual_capital/*.py",
    "consolidation/scenario/*.py",
    "consolidation/scenario/*/*.py",
    "consolidation/annex10/*.py",
)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Change = tuple[str, Callable[[ast.AST], None]]
"""What is changed, for people, and how: done to a copy of the node."""

_COMPARE: dict[type[ast.cmpop], list[tuple[str, type[ast.cmpop]]]] = {
    ast.Lt: [("< → <=", ast.LtE), ("< → >=", ast.GtE)],
    ast.LtE: [("<= → <", ast.Lt), ("<= → >", ast.Gt)],
    ast.Gt: [("> → >=", ast.GtE), ("> → <=", ast.LtE)],
    ast.GtE: [(">= → >", ast.Gt), (">= → <", ast.Lt)],
    ast.Eq: [("== → !=", ast.NotEq)],
    ast.NotEq: [("!= → ==", ast.Eq)],
    ast.In: [("in → not in", ast.NotIn)],
    ast.NotIn: [("not in → in", ast.In)],
    ast.Is: [("is → is not", ast.IsNot)],
    ast.IsNot: [("is not → is", ast.Is)],
}
_BINARY: dict[type[ast.operator], tuple[str, type[ast.operator]]] = {
    ast.Add: ("+ → -", ast.Sub),
    ast.Sub: ("- → +", ast.Add),
    ast.Mult: ("* → /", ast.Div),
    ast.Div: ("/ → *", ast.Mult),
    ast.FloorDiv: ("// → *", ast.Mult),
    ast.BitAnd: ("& → |", ast.BitOr),
    ast.BitOr: ("| → &", ast.BitAnd),
}
_NAMES = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "min_horizontal": "max_horizontal",
    "max_horizontal": "min_horizontal",
    "any_horizontal": "all_horizontal",
    "all_horizontal": "any_horizontal",
    "is_null": "is_not_null",
    "is_not_null": "is_null",
}
_JOINS = {"left": "inner", "inner": "left", "anti": "semi", "semi": "anti"}


@dataclass(frozen=True, eq=False)
class Mutant:
    """One fault. ``name`` stays the same while the function around it does not change.

    :param lines: first and last line of the statement, or of the head of one, that the fault is in.
    :param source: the function's text, so that what was found of another text is known to be old.
    """

    file: str
    function: str
    first_line: int
    lines: tuple[int, int]
    what: str
    number: int
    source: str
    node: ast.AST
    change: Callable[[ast.AST], None]
    tree: ast.Module

    @property
    def name(self) -> str:
        """The function, what was changed, and the how manieth of its kind there it is."""
        return f"{self.file} {self.function}: {self.what} #{self.number}"

    @property
    def line(self) -> int:
        """Where the changed node is."""
        return getattr(self.node, "lineno", self.lines[0])

    def code(self) -> CodeType:
        """The function with the fault in it."""
        tree, _ = self._changed()
        code = compile(ast.fix_missing_locations(tree), str(ROOT / self.file), "exec")
        for part in self.function.split("."):
            code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == part)
        return code

    def shown(self) -> str:
        """What stood there, and what stands there now."""
        before, after = ast.unparse(_head(self.node)), ast.unparse(_head(self._changed()[1]))
        return f"{before} → {after}"

    def _changed(self) -> tuple[ast.Module, ast.AST]:
        memo: dict[int, ast.AST] = {}
        tree = copy.deepcopy(self.tree, memo)  # type: ignore[arg-type]
        node = memo[id(self.node)]
        self.change(node)
        return tree, node


def _head(node: ast.AST) -> ast.AST:
    """Of an ``if`` its condition; all else is short."""
    return node.test if isinstance(node, ast.If | ast.IfExp) else node


def target_files() -> list[Path]:
    """The files with formulas."""
    return sorted({path for pattern in TARGETS for path in ROOT.glob(pattern) if path.name != "__init__.py"})


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every mutant of a file, in the order of its lines."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    file = path.relative_to(ROOT).as_posix()
    for function, name in _functions(tree, ""):
        counted: Counter[str] = Counter()
        source = ast.get_source_segment(text, function) or ""
        first = min(node.lineno for node in (function, *function.decorator_list))
        for node, lines in _changeable(function, None):
            for what, change in changes(node):
                counted[what] += 1
                yield Mutant(file, name, first, lines, what, counted[what], source, node, change, tree)


def _functions(node: ast.AST, within: str) -> Iterator[tuple[Function, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield child, within + child.name
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{within}{child.name}.")


Lines = tuple[int, int]


def _changeable(within: ast.AST, lines: Lines | None) -> Iterator[tuple[ast.AST, Lines]]:
    """The nodes below one, each with the lines of its statement (of one with a body: of the part of its head).

    Annotations, assertions, and what a message is made of are left out.
    """
    left_out = [getattr(within, "annotation", None), getattr(within, "returns", None)]
    if isinstance(within, ast.JoinedStr | ast.Raise | ast.Assert) or _is_strict(within):
        return
    for child in ast.iter_child_nodes(within):
        if child not in left_out and not (isinstance(within, Function) and child in _outside(within)):
            own = _lines_of(child, lines)
            yield child, own or _lines(_head(child))
            yield from _changeable(child, own)


def _outside(function: Function) -> list[ast.AST]:
    """What of a function is computed before it is called."""
    return [function.args, *function.decorator_list]


def _lines_of(node: ast.AST, around: Lines | None) -> Lines | None:
    if isinstance(node, ast.stmt):
        return None if hasattr(node, "body") or isinstance(node, ast.Match) else _lines(node)
    return around if around or not isinstance(node, ast.expr) else _lines(node)


def _lines(node: ast.AST) -> Lines:
    first: int = getattr(node, "lineno", 0)
    return first, getattr(node, "end_lineno", None) or first


def _is_strict(node: ast.AST) -> bool:
    """``strict=`` of zip: an assertion that both are of one length."""
    return isinstance(node, ast.keyword) and node.arg == "strict"


def changes(node: ast.AST) -> list[Change]:
    """What can be changed in a node itself."""
    match node:
        case ast.Compare(ops=[op]):
            return [(what, _set_op(new)) for what, new in _COMPARE[type(op)]]
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _BINARY:
            what, new = _BINARY[type(node.op)]
            return [(what, lambda n: setattr(n, "op", new()))]
        case ast.BoolOp(op=ast.And()):
            return [("and → or", lambda n: setattr(n, "op", ast.Or()))]
        case ast.BoolOp(op=ast.Or()):
            return [("or → and", lambda n: setattr(n, "op", ast.And()))]
        case ast.UnaryOp(op=ast.USub()):
            return [("-x → +x", lambda n: setattr(n, "op", ast.UAdd()))]
        case ast.UnaryOp(op=ast.Not()):
            return [("not x → bool(x)", _without_not)]
        case ast.Constant(value=bool(value)):
            return [(f"{value} → {not value}", lambda n: setattr(n, "value", not value))]
        case ast.Constant(value=int(value)):
            return [(f"{value} → {value + 1}", lambda n: setattr(n, "value", value + 1))]
        case ast.If() | ast.IfExp():
            return [("if → if not", _opposite)]
        case ast.comprehension(ifs=[_, *_]):
            return [("for … if → without", lambda n: setattr(n, "ifs", []))]
        case ast.Name(id=str(name)) if name in _NAMES:
            return [(f"{name} → {_NAMES[name]}", lambda n: setattr(n, "id", _NAMES[name]))]
        case ast.Attribute(attr=str(name)) if name in _NAMES:
            return [(f".{name} → .{_NAMES[name]}", lambda n: setattr(n, "attr", _NAMES[name]))]
        case ast.keyword(arg="how", value=ast.Constant(value=str(how))) if how in _JOINS:
            return [(f"how {how} → {_JOINS[how]}", lambda n: setattr(n, "value", ast.Constant(_JOINS[how])))]
    return []


def _set_op(new: type[ast.cmpop]) -> Callable[[ast.AST], None]:
    return lambda node: setattr(node, "ops", [new()])


def _without_not(node: ast.AST) -> None:
    assert isinstance(node, ast.UnaryOp)
    node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)


def _opposite(node: ast.AST) -> None:
    assert isinstance(node, ast.If | ast.IfExp)
    node.test = ast.UnaryOp(ast.Not(), node.test)
