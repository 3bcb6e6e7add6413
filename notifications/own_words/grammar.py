"""The language of users' own templates: text with fields in braces and conditions, and nothing else.

`{price}` is a field; `{if worth}…{else}…{end}` stands only where a field says something, `{if not worth}` where it does not; `{{` and
`}}` are braces. There is nothing that could be called, looked into or repeated, so a template takes a time that grows with its length
alone, and its length is bounded. A field is a text that is put in as it is: what a shop writes is never read as a template.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

LONGEST: Final = 2_000
MOST_TAGS: Final = 100
DEEPEST: Final = 5
LONGEST_VALUE: Final = 500
LONGEST_RESULT: Final = 4_000
_PIECE: Final = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<tag>[^{}\n]{0,60})\}|(?P<text>[^{}]+)|(?P<stray>[{}])")
_TAG: Final = re.compile(r"(?:(?P<word>else|end)|(?P<condition>if)(?P<negated> +not)? +(?P<asked>\w+)|(?P<name>\w+))")


class TemplateProblem(Exception):
    """Why a text is no template, in a sentence for who wrote it."""


@dataclass(frozen=True, slots=True)
class Field:
    """The value of a field."""

    name: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What stands where a field says something, and what where it does not."""

    name: str
    then: list[Node] = field(default_factory=list)
    otherwise: list[Node] = field(default_factory=list)


Node: TypeAlias = "str | Field | Condition"


@dataclass(slots=True)
class _Open:
    """A condition whose end has not come yet; `branch` is where what follows goes."""

    name: str
    is_negated: bool
    first: list[Node]
    second: list[Node]
    has_else: bool = False

    @property
    def branch(self) -> list[Node]:
        return self.second if self.has_else else self.first

    def closed(self) -> Condition:
        if self.is_negated:
            return Condition(self.name, self.second, self.first)
        return Condition(self.name, self.first, self.second)


def parse(text: str, known: Collection[str]) -> list[Node]:
    """Read a template whose fields may have these names. Raises `TemplateProblem`."""
    if not text.strip():
        raise TemplateProblem("It is empty. Write something, or use ours.")
    if len(text) > LONGEST:
        raise TemplateProblem(f"It has {len(text):,} characters; {LONGEST:,} is the most.")
    nodes: list[Node] = []
    stack: list[_Open] = []
    tags = 0
    for piece in _PIECE.finditer(text):
        here = stack[-1].branch if stack else nodes
        if piece["text"]:
            here.append(piece["text"])
        elif piece["brace"]:
            here.append(piece["brace"][0])
        elif piece["stray"]:
            raise TemplateProblem(_about_stray(piece["stray"]))
        else:
            tags += 1
            if tags > MOST_TAGS:
                raise TemplateProblem(f"It has more than {MOST_TAGS} fields and conditions.")
            _take(piece["tag"].strip(), nodes, stack, known)
    if stack:
        raise TemplateProblem(f"{{if {stack[-1].name}}} has no {{end}}.")
    return nodes


def render(nodes: list[Node], values: Mapping[str, str]) -> str:
    """What a template says with these values, at most 4,000 characters. A field without a value is empty."""
    parts: list[str] = []
    _render(nodes, values, parts, LONGEST_RESULT)
    return "".join(parts)


def _render(nodes: list[Node], values: Mapping[str, str], parts: list[str], room: int) -> int:
    for node in nodes:
        if room <= 0:
            break
        if isinstance(node, Condition):
            room = _render(node.then if values.get(node.name) else node.otherwise, values, parts, room)
            continue
        said = node if isinstance(node, str) else values.get(node.name, "")[:LONGEST_VALUE]
        parts.append(said[:room])
        room -= len(said)
    return room


def _take(tag: str, nodes: list[Node], stack: list[_Open], known: Collection[str]) -> None:
    """Put one tag where it belongs: into the innermost condition that is open, or into the template itself."""
    read = _TAG.fullmatch(tag)
    if read is None:
        raise TemplateProblem(
            f"{{{tag}}} is neither a field nor a condition. Fields are single words, such as {{price}}."
        )
    if read["condition"]:
        if len(stack) >= DEEPEST:
            raise TemplateProblem(f"More than {DEEPEST} conditions stand inside one another.")
        stack.append(_Open(_known(read["asked"], known), bool(read["negated"]), [], []))
    elif read["word"] == "else":
        if not stack or stack[-1].has_else:
            raise TemplateProblem("{else} stands where no {if …} waits for it.")
        stack[-1].has_else = True
    elif read["word"] == "end":
        if not stack:
            raise TemplateProblem("{end} stands where no {if …} waits for it.")
        closed = stack.pop().closed()
        (stack[-1].branch if stack else nodes).append(closed)
    else:
        (stack[-1].branch if stack else nodes).append(Field(_known(read["name"], known)))


def _known(name: str, known: Collection[str]) -> str:
    if name in known:
        return name
    near = difflib.get_close_matches(name.lower(), known, n=1)
    raise TemplateProblem(f"There is no field {{{name}}}." + (f" Did you mean {{{near[0]}}}?" if near else ""))


def _about_stray(brace: str) -> str:
    other = "}" if brace == "{" else "{"
    return f"A {brace} has no {other} that belongs to it. Write {brace * 2} for the sign itself."
