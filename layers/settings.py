"""Settings files (TOML): read strictly, every fault said in one Chinese sentence.

A typo must not turn into a default without a word, so an unknown key is an error that names
the nearest key there is.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from layers.paths import system_reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from coverage.errors import PlannerError


class Settings(BaseModel):
    """A table of a settings file: no unknown key, no guessing of types, no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=Settings)

_TOML_PLACE = re.compile(r"at line (\d+), column (\d+)")

_TOML_CAUSES = {
    "Expected '=' after a key": "键名后面缺少等号",
    "Invalid initial character for a key": "键名缺少或不合规范（中文键名要加引号）",
    "Invalid value": "等号后面的值不合规范（文字要加英文双引号）",
    "Unterminated string": "引号没有成对",
    "Illegal character": "有不许出现的字符，多半是引号没有成对",
    "Unescaped '\\' in a string": "双引号里的反斜杠要写两个，路径请用 /",
    "Invalid hex value": "双引号里的反斜杠要写两个，路径请用 /",
    "Expected newline or end of document": "一行里多了内容",
    "Unclosed array": "方括号没有成对",
    "Unclosed inline table": "花括号没有成对",
    "Expected ']": "方括号没有成对",
    "Cannot overwrite a value": "同一个键写了两次",
    "Duplicate inline table key": "同一个键写了两次",
    "Cannot declare": "同一个表写了两次",
    "Expected \"'": "引号没有成对",
    "Invalid statement": "这一行不是“键 = 值”（中文键名要加引号）",
}
"""What tomllib finds, in Chinese; a fault that is not listed is told by its place alone."""

_TYPE_RULES = {
    "string_type": "应为文字（加引号）",
    "float_type": "应为数字",
    "int_type": "应为整数",
    "bool_type": "应为 true 或 false",
    "list_type": "应为列表（写在 [ ] 里）",
    "dict_type": "应为一组设置（写成 [表] 或 { }）",
    "model_type": "应为一组设置（写成 [表] 或 { }）",
    "finite_number": "应为有限的数字",
}

_LENGTHS = {"string_too_long": "个字", "too_long": "项"}


def read_toml(path: Path, *, error: type[PlannerError]) -> dict[str, Any]:
    """
    A TOML file as a dictionary.

    Parameters
    ----------
    path
        The file, UTF-8.
    error
        Class of the error to raise.

    Returns
    -------
    tables
        The file's content, unchecked.

    Raises
    ------
    PlannerError
        Of class `error`, if the file is missing, unreadable, not UTF-8 or no TOML.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as cause:
        msg = f"找不到设置文件「{path.name}」（{path}）。请检查路径。"
        raise error(msg) from cause
    except UnicodeDecodeError as cause:
        msg = f"设置文件「{path.name}」不是 UTF-8 编码。请用记事本另存为 UTF-8 后重试。"
        raise error(msg) from cause
    except OSError as cause:
        msg = f"设置文件「{path.name}」打不开（{system_reason(cause)}）。请检查路径和权限。"
        raise error(msg) from cause
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        place = _toml_fault(str(cause))
        msg = f"设置文件「{path.name}」不合 TOML 格式：{place}。请改正这一处后重试。"
        raise error(msg) from cause
    except (RecursionError, ValueError) as cause:
        # tomllib reads tables within tables by calling itself, and Python limits both that
        # and the digits of a number
        what = "括号套得太深" if isinstance(cause, RecursionError) else "有一个数的位数太多"
        msg = f"设置文件「{path.name}」读不下去：{what}。请改正后重试。"
        raise error(msg) from cause


def parse_settings(
    tables: dict[str, Any], model: type[Model], *, source: str, error: type[PlannerError]
) -> Model:
    """
    Settings checked against a model; all faults are reported together.

    Parameters
    ----------
    tables
        What `read_toml` gave.
    model
        The model to fill.
    source
        Name of the file as the planner knows it.
    error
        Class of the error to raise.

    Returns
    -------
    settings
        The filled model.

    Raises
    ------
    PlannerError
        Of class `error`, with one sentence per fault.
    """
    try:
        return model.model_validate(tables)
    except ValidationError as cause:
        faults = fault_sentences(cause, model)
        msg = f"设置文件「{source}」有 {len(faults)} 处问题：{''.join(faults)}"
        raise error(msg) from cause


def fault_sentences(failure: ValidationError, model: type[BaseModel]) -> list[str]:
    """
    One Chinese sentence per fault that pydantic found.

    Parameters
    ----------
    failure
        What pydantic raised.
    model
        The model that was to be filled.

    Returns
    -------
    sentences
        In the order of the faults.
    """
    return [_sentence(fault, model) for fault in failure.errors()]


def nearest_key(key: str, known: Sequence[str]) -> str:
    """
    The known key that a mistyped key is most like.

    Parameters
    ----------
    key
        The key as written.
    known
        All known keys, at least one.

    Returns
    -------
    nearest
        The most similar key; the first of equals.

    Examples
    --------
    >>> nearest_key("collumns", ["file", "columns", "crs"])
    'columns'
    """
    return max(known, key=lambda name: difflib.SequenceMatcher(None, key, name).ratio())


def _toml_fault(text: str) -> str:
    """Place and cause of a syntax error, from tomllib's "Invalid value (at line 3, column 5)"."""
    place = _TOML_PLACE.search(text)
    where = f"第 {place[1]} 行第 {place[2]} 列" if place else "文件末尾"
    cause = next((chinese for english, chinese in _TOML_CAUSES.items() if english in text), "")
    return f"{where}，{cause}" if cause else where


def _sentence(fault: ErrorDetails, model: type[BaseModel]) -> str:
    place, kind, limits = fault["loc"], fault["type"], fault.get("ctx", {})
    where = _where(place)
    if kind == "extra_forbidden":
        known = _known_keys(model, place[:-1])
        return f"{where}不是已知的设置，最接近的是「{nearest_key(str(place[-1]), known)}」。"
    if kind == "missing":
        return f"缺少{where}。"
    if kind == "value_error":
        return f"{where}{limits['error']}。"
    return f"{where}{_rule(kind, limits)}，现为 {_shown(fault['input'])}。"


def _rule(kind: str, limits: dict[str, Any]) -> str:  # noqa: PLR0911 - one return per rule
    if kind in _TYPE_RULES:
        return _TYPE_RULES[kind]
    if kind == "greater_than":
        return f"应大于 {limits['gt']:g}"
    if kind == "greater_than_equal":
        return f"不得小于 {limits['ge']:g}"
    if kind == "less_than_equal":
        return f"不得大于 {limits['le']:g}"
    if kind == "literal_error":
        return f"只能是 {limits['expected'].replace(' or ', '、').replace(', ', '、')}"
    if kind in {"too_short", "string_too_short"}:
        return "不得为空"
    if kind in _LENGTHS:
        return f"不得超过 {limits['max_length']} {_LENGTHS[kind]}"
    if kind == "string_pattern_mismatch":
        return f"的写法不对（应符合 {limits['pattern']}）"
    return f"的写法不对（{kind}）"


def _where(place: tuple[int | str, ...]) -> str:
    parts = [f"第 {part + 1} 项" if isinstance(part, int) else f"「{part}」" for part in place]
    return "的".join(parts)


def _shown(value: object) -> str:
    try:
        return repr(value)[:40]
    except (RecursionError, ValueError):
        return "一个长得写不出来的值"


def _known_keys(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """Keys of the table at a place, found by walking down the models."""
    table = model
    for part in place:
        if isinstance(part, str) and part in table.model_fields:
            table = _table_inside(table.model_fields[part].annotation) or table
    return [field.alias or name for name, field in table.model_fields.items()]


def _table_inside(annotation: object) -> type[BaseModel] | None:
    """The model inside `Model`, `list[Model]`, `dict[str, Model]` or `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_table_inside, get_args(annotation))), None)
