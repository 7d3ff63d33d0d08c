"""The line of text that the DARTS family prints for a genotype: parsed, never evaluated."""

import ast
from typing import Any, Final

from dsrna.errors import UserError

LONGEST_TEXT: Final = 20_000


def parse_call(text: str, where: str) -> dict[str, Any]:
    """Read ``Genotype(normal=[('sep_conv_3x3', 1), ...], normal_concat=range(2, 6), ...)`` as its keywords."""
    malformed = f"{where}: not of the form Genotype(normal=[('operation', 0), ...], normal_concat=range(2, 6), ...)"
    if len(text) > LONGEST_TEXT:
        raise UserError(f"{malformed}: {len(text)} characters are too many")
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "Genotype":
            raise UserError(malformed)
        if call.args or any(keyword.arg is None for keyword in call.keywords):
            raise UserError(malformed)
        return {str(keyword.arg): _literal(keyword.value) for keyword in call.keywords}
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise UserError(malformed) from None


def _literal(node: ast.expr) -> Any:
    """Read a list, tuple, string, number, or ``range`` of at most two small numbers."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        bounds = [ast.literal_eval(argument) for argument in node.args]
        if node.keywords or not all(isinstance(bound, int) and abs(bound) < LONGEST_TEXT for bound in bounds):
            raise ValueError("range takes small whole numbers")
        return list(range(*bounds))
    return ast.literal_eval(node)


def indices(concat: tuple[int, ...]) -> str:
    """Write numbers as a range where they are one."""
    span = range(concat[0], concat[-1] + 1)
    return repr(span) if tuple(span) == concat else repr(list(concat))
