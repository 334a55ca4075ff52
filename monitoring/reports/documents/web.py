"""A report as one HTML page that needs nothing else: its style, its charts and its print form are in it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from pathlib import Path

from consolidation.money import plain
from consolidation.words import say
from monitoring.reports.content import (
    Block,
    Cell,
    Chart,
    Figure,
    Paragraph,
    Report,
    ReportHeading,
    ReportPart,
    ReportRow,
    ReportTable,
    TextPlace,
    Tone,
)
from monitoring.reports.documents.charts import picture
from monitoring.reports.documents.text import moment, part_title, printable

_STYLE = Path(__file__).with_name("report.css")


def html(report: Report, *, is_draft: bool = True) -> bytes:
    """The report as an HTML page in UTF-8.

    :param is_draft: whether it says that nobody has approved it.
    """
    return _page(report, body(report, is_draft=is_draft))


def sheets(report: Report) -> bytes:
    """The parts of a report as an HTML page without cover and contents, each on a page of its own in print."""
    told = (
        f'<section id="{_text(part.id)}"><h2>{_text(part.title)}</h2><p class="note">{_text(part.article)}</p>'
        f"{''.join(_block(block, report.language, is_draft=False) for block in part.blocks)}</section>"
        for part in report.parts
    )
    return _page(report, f'<div class="sheets"><h1>{_text(report.title)}</h1>{"".join(told)}</div>')


def _page(report: Report, content: str) -> bytes:
    title = f"{report.name} {report.title} {report.about}"
    language = "zh-CN" if report.language == "zh" else "en"
    page = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{_text(title)}</title>\n'
        f"<style>{_STYLE.read_text('utf-8')}</style></head>\n<body>\n{content}\n</body></html>\n"
    )
    return page.encode()


def body(report: Report, *, is_draft: bool = True) -> str:
    """What stands in the page's body: cover, contents and parts."""
    language = report.language
    lines = [f'<header><h1>{_text(report.title)}</h1><p class="name">{_text(report.name)}</p>']
    if report.name_en:
        lines.append(f'<p class="name">{_text(report.name_en)}</p>')
    lines.append(f'<p class="about">{_text(report.about)}</p>')
    if is_draft:
        lines.append(f'<p class="warning">{_text(say("reports.draft", language))}</p>')
    lines.append(f"</header>\n<nav><h2>{_text(say('reports.contents', language))}</h2><ol>")
    titles = [part_title(n, part.title, language) for n, part in enumerate(report.parts, 1)]
    lines += [
        f'<li><a href="#{part.id}">{_text(t)}</a></li>' for part, t in zip(report.parts, titles, strict=True)
    ]
    lines.append("</ol></nav>")
    for part, title in zip(report.parts, titles, strict=True):
        lines.append(section(part, title, language, is_draft=is_draft))
    return "\n".join(lines)


def section(part: ReportPart, title: str, language: str, *, is_draft: bool = True) -> str:
    """One part with its heading."""
    head = f'<section id="{part.id}"><h2>{_text(title)}</h2>\n<p class="note">{_text(say("reports.basis", language, article=part.article))}</p>'
    return "\n".join([head, *(_block(block, language, is_draft) for block in part.blocks), "</section>"])


def _block(block: Block, language: str, is_draft: bool) -> str:
    if isinstance(block, ReportHeading):
        return f"<h3>{_text(block.text)}</h3>"
    if isinstance(block, Paragraph):
        style = "" if block.tone is Tone.BODY else f' class="{block.tone}"'
        return f"<p{style}>{''.join(_span(span) for span in block.spans)}</p>"
    if isinstance(block, ReportTable):
        return "\n".join(_table(block))
    if isinstance(block, Chart):
        data = base64.b64encode(picture(block.drawing)).decode("ascii")
        return (
            f"<figure><figcaption>{_text(block.caption)}</figcaption>"
            f'<img src="data:image/png;base64,{data}" alt="{_text(block.told)}"></figure>'
        )
    return "\n".join(_place(block, language, is_draft))


def _place(place: TextPlace, language: str, is_draft: bool) -> Iterator[str]:
    if not place.text.strip():
        yield f'<p class="missing">{_text(say("reports.missing", language, what=place.prompt))}</p>'
        return
    yield from (f"<p>{_text(line)}</p>" for line in place.text.splitlines() if line.strip())
    if is_draft and place.at is not None:
        told = say("reports.written", language, who=place.who, at=moment(place.at))
        yield f'<p class="note">{_text(told)}</p>'


def _table(table: ReportTable) -> Iterator[str]:
    yield f'<table id="table-{_text(table.id)}"><caption>{_text(table.caption)}</caption><colgroup>'
    whole = sum(c.width for c in table.columns)
    yield (
        "".join(f'<col style="width:{c.width / whole:.1%}">' for c in table.columns)
        + "</colgroup><thead><tr>"
    )
    yield (
        "".join(f"<th{_side(c.is_figures)}>{_text(c.heading)}</th>" for c in table.columns)
        + "</tr></thead><tbody>"
    )
    yield from (_row(row, table) for row in table.rows)
    yield "</tbody></table>"


def _row(row: ReportRow, table: ReportTable) -> str:
    style = ' class="total"' if row.is_total else ""
    cells = (
        f"<td{_side(column.is_figures)}>{_span(cell)}</td>"
        for cell, column in zip(row.cells, table.columns, strict=True)
    )
    return f"<tr{style}>{''.join(cells)}</tr>"


def _side(is_figures: bool) -> str:
    return ' class="figures"' if is_figures else ""


def _span(span: Cell) -> str:
    """A figure carries its exact value and what it comes from."""
    if isinstance(span, Figure):
        return f'<data value="{plain(span.value)}" title="{_text(span.source)}">{_text(span.text)}</data>'
    return _text(span or "")


def _text(text: str) -> str:
    return escape(printable(text))
