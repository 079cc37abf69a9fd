"""A report as a comment in a pull request: Markdown as GitHub and GitLab read it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..words import counted
from .escaping import block, code, html_code, marker, prose, shortened
from .size import COUNT, Entry, Section, fit, names
from .summary import TITLES, UNNAMED, Resource, Stack, Summary
from .wording import Text, has_detail, others, property_rows, values, which

LIMIT: Final = 59_000
"""Characters; GitHub refuses comments of more than 65,536, and whoever posts it may have something to add."""

_MOST_OF_VERDICTS: Final = 12_000
_MOST_OF_TABLE: Final = 8_000
_MOST_OF_NOTE: Final = 600
_MOST_OF_NAME: Final = 120
_MOST_OF_VALUE: Final = 240
_MOST_OF_MESSAGE: Final = 3_000
_MOST_OF_SHORT_MESSAGE: Final = 200
_MOST_WARNINGS: Final = 10
_MOST_OF_NAMES: Final = 400
_MOST_PATHS: Final = 4
_UNLIMITED: Final = 1 << 60


def render(summary: Summary, *, limit: int | None = LIMIT, full_output: str = "") -> str:
    """Return the report; it ends with the hidden marker of the project.

    Args:
        summary: what there is to say.
        limit: the most characters that it may have, 40,000 at least; None leaves nothing out.
        full_output: what the file is called that has everything; empty where there is none.
    """
    voice = summary.voice
    end = f"{marker(summary.project, voice.kind)}\n"
    if not any(each.is_told for each in summary.stacks) and limit is not None:
        quiet = names([_name(each.name) for each in summary.stacks], _MOST_OF_VERDICTS)
        return f"{voice.nothing.capitalize()} in {quiet}. {end}"
    remedies = "".join(f"{each}\n\n" for each in summary.remedies)
    top = f"{_verdicts(summary, limit)}\n{_table(summary, limit)}\n{remedies}"
    sections = [_section(each, limit) for each in summary.stacks if each.is_told or limit is None]
    room = None if limit is None else limit - len(top) - len(end) - _MOST_OF_NOTE - len(sections)
    fitted = fit(sections, room)
    everything = f"all of it is in {_name(full_output)}" if full_output else voice.everything
    note = _note(fitted.details_left_out, fitted.sections_left_out, everything)
    return "\n".join([top, *fitted.texts, *note, end]).replace("\n\n\n", "\n\n")


def _note(details: int, stacks: int, everything: str) -> Iterator[str]:
    left_out = [
        *([f"the details of {counted(details, 'resource')}"] if details else ()),
        *([f"the resources of {counted(stacks, 'stack')}"] if stacks else ()),
    ]
    if left_out:
        yield f"Left out, because a comment may not be longer: {' and '.join(left_out)}; {everything}.\n"


def _verdicts(summary: Summary, limit: int | None) -> str:
    room = _UNLIMITED if limit is None else _MOST_OF_VERDICTS
    lines = [_verdict(each) for each in summary.stacks if each.verdict]
    if quiet := [_name(each.name) for each in summary.stacks if not each.verdict]:
        lines.append(f"- {summary.voice.nothing}: {names(quiet, room // 4)}")
    shown, more = _fitting(lines, room)
    return "".join(
        f"{each}\n" for each in (*shown, *([f"- and {counted(more, 'stack')} more"] if more else ()))
    )


def _verdict(stack: Stack) -> str:
    texts = [f"**{each.text}**" if each.grave else each.text for each in stack.verdict]
    sign = "⚠️ " if any(each.grave for each in stack.verdict) else ""
    return f"- {sign}{_name(stack.name)}: {', '.join(texts)}"


def _fitting(lines: Sequence[str], room: int) -> tuple[Sequence[str], int]:
    """Return the lines that fit, one at least, and how many there are more."""
    for place, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0 and place:
            return lines[:place], len(lines) - place
    return lines, 0


def _table(summary: Summary, limit: int | None) -> str:
    columns = summary.columns
    stack = f"stack of {_name(summary.project)}" if summary.project else "stack"
    titles = [TITLES.get(each) or summary.voice.called(each) for each in columns]
    rows = [_row([_name(each.name), *_counts(each, columns)]) for each in summary.stacks]
    shown, more = _fitting(rows, _UNLIMITED if limit is None else _MOST_OF_TABLE)
    rest = [_row([f"{counted(more, 'stack')} more", *[""] * len(columns)])] if more else []
    lines = [_row([stack, *titles]), _row(["---", *["---:"] * len(columns)]), *shown, *rest]
    return "".join(f"{each}\n" for each in lines)


def _counts(stack: Stack, columns: Sequence[str]) -> Iterable[str]:
    if stack.preview.problems:
        return ["failed", *[""] * (len(columns) - 1)]
    return [f"{stack.preview.counts.get(each, 0):,}" for each in columns]


def _section(stack: Stack, limit: int | None) -> Section:
    title = f"### {_name(stack.name)}\n"
    if stack.is_another:
        title += (
            f"\n⚠️ This is a preview of the stack that Pulumi calls {_name(stack.preview.engine_stack)}.\n"
        )
    failures = "".join(_failures(stack, _UNLIMITED if limit is None else _MOST_OF_MESSAGE))
    short = "".join(_failures(stack, _MOST_OF_SHORT_MESSAGE))
    warnings = list(_warnings(stack, limit))
    told = "<br>\n".join(warnings)
    of_value = None if limit is None else _MOST_OF_VALUE
    return Section(
        head=f"{title}{failures}" + (f"\n{told}\n" if warnings else ""),
        short_head=f"{title}{short}" + (f"\n{counted(len(warnings), 'warning')}\n" if warnings else ""),
        entries=tuple(_entry(each, of_value) for each in stack.connections),
        tail=_others(stack.others) if stack.others else None,
    )


def _failures(stack: Stack, room: int) -> Iterator[str]:
    if not stack.preview.problems:
        return
    yield f"\n{stack.voice.failed.capitalize()}:\n"
    problems = list(stack.problems.items())
    for place, (message, about) in enumerate(problems):
        if room <= 0:
            yield f"\n… and {counted(len(problems) - place, 'error')} more\n"
            return
        text = shortened(message, room)
        of = names([_name(each) for each in about], _MOST_OF_NAMES)
        yield f"\n{of}{':' if of else ''}\n{block(text)}\n"
        room -= len(text)


def _warnings(stack: Stack, limit: int | None) -> Iterator[str]:
    most = _UNLIMITED if limit is None else _MOST_WARNINGS
    for place, (message, about) in enumerate(stack.warnings.items()):
        if place == most:
            yield f"and {counted(len(stack.warnings) - place, 'warning')} more"
            return
        who = names([each if each in UNNAMED else _name(each) for each in about], _MOST_OF_NAMES)
        yield f"⚠️ {who}{': ' if who else ''}{prose(shortened(message, _MOST_OF_NAMES))}"


def _entry(resource: Resource, limit: int | None) -> Entry:
    name = shortened(resource.change.name, _MOST_OF_NAME)
    in_markdown = _headline(resource, code(name), _MARKDOWN)
    headline = f"- {in_markdown}\n"
    return Entry(
        headline=headline,
        detailed=functools.partial(_detailed, resource, limit) if has_detail(resource) else None,
        name=code(name),
        kind=f"**{resource.voice.called(resource.operation)}** {COUNT} {resource.noun}s",
        which=f" ({told})" if (told := _which(resource, code)) else "",
        meanings=_meanings(resource),
    )


def _others(resources: Sequence[Resource]) -> Entry:
    title = others(resources)
    return Entry(
        headline=f"- {title}\n",
        detailed=lambda: _folded(title, _table_of(resources)),
        name="",
        kind="",
        which="",
        meanings=(),
    )


def _table_of(resources: Iterable[Resource]) -> str:
    rows = [
        [each.voice.called(each.operation), _name(each.change.type), _name(each.change.name)]
        for each in resources
    ]
    return "\n".join(map(_row, [["operation", "type", "name"], ["---"] * 3, *rows]))


def _detailed(resource: Resource, limit: int | None) -> str:
    name = html_code(shortened(resource.change.name, _MOST_OF_NAME))
    return _folded(_headline(resource, name, _HTML), _details(resource, limit))


def _folded(headline: str, table: str) -> str:
    # The empty lines end the HTML: Markdown begins again.
    return f"\n<details><summary>{headline}</summary>\n\n{table}\n\n</details>\n\n"


@dataclass(frozen=True)
class _Style:
    """How a headline is written: in Markdown, or in a line of HTML, where Markdown means nothing."""

    bold: str
    code: Callable[[str], str]


_MARKDOWN: Final = _Style("**{}**", code)
_HTML: Final = _Style("<b>{}</b>", html_code)


def _headline(resource: Resource, name: str, style: _Style) -> str:
    when = f", last changed {resource.when}" if resource.when else ""
    return (
        f"{style.bold.format(resource.voice.called(resource.operation))} {name}{when}{_how(resource, style)}"
    )


def _how(resource: Resource, style: _Style) -> str:
    """Return which properties differ, and what that means."""
    told = _which(resource, style.code)
    return (f": {told}" if told else "") + "".join(f"<br>{each}" for each in _meanings(resource))


def _which(resource: Resource, as_code: Callable[[str], str]) -> str:
    return _said(which(resource, _MOST_PATHS), as_code)


def _meanings(resource: Resource) -> tuple[str, ...]:
    return tuple(f"{'⚠️ ' if each.grave else ''}{each.text}" for each in resource.meanings)


def _details(resource: Resource, limit: int | None) -> str:
    if resource.change.old is None or resource.change.new is None:
        two = [[code(path), _said(value, code)] for path, value in values(resource, limit)]
        return _property_table(["property", "value"], two)
    three = [
        [code(path), _said(old, code), _said(new, code)] for path, old, new in property_rows(resource, limit)
    ]
    return _property_table(["property", *resource.voice.sides], three)


def _property_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    return "\n".join(map(_row, [titles, ["---"] * len(titles), *rows]))


def _said(text: Text, as_code: Callable[[str], str]) -> str:
    return "".join(as_code(each.text) if each.outside else each.text for each in text)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _name(name: str) -> str:
    return code(shortened(name, _MOST_OF_NAME))
