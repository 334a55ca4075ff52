"""A report as a Word document (.docx): A4, styles, contents with page numbers, tables whose headings repeat, charts as pictures.

Everything is written as text; nothing of a report can become a field, a link or markup.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt, RGBColor

from consolidation.words import say
from monitoring.reports.content import (
    Block,
    Cell,
    Chart,
    Figure,
    Paragraph,
    Report,
    ReportHeading,
    ReportRow,
    ReportTable,
    TextPlace,
    Tone,
)
from monitoring.reports.documents.charts import SCALE, picture
from monitoring.reports.documents.text import moment, part_title, printable

BODY_FONT, HEADING_FONT = ("Times New Roman", "宋体"), ("Arial", "黑体")
"""For Latin letters and for Chinese ones; every Chinese Word has them, LibreOffice puts its own in their place."""

_PAGE = (Cm(21), Cm(29.7))
_MARGIN = Cm(2.4)
_ROOM = _PAGE[0] - 2 * _MARGIN
_SHEET_MARGIN, _SHEET_CHARTS = Cm(1.5), 0.75
"""A sheet has to hold all that it says."""
_MISSING, _NOTE, _WARNING, _FIGURES = "Missing text", "Note", "Warning", "Table figures"
_CELL = "Table text"
_CELL_SIZE = Pt(8.5)
_CELL_EDGES = Cm(0.4)
_WIDEST_DIGIT = 0.7
"""Of its height, in any typeface that an office puts in the place of a missing one, bold too."""
_TEXT_SHRINKS_TO = 0.5
_POINTS_OF_PIXEL = 0.75 / SCALE


def docx(report: Report, *, is_draft: bool = True) -> bytes:
    """The report as a .docx file.

    :param is_draft: whether it says that nobody has approved it.
    """
    written = _Document(report, is_draft)
    written.cover()
    written.contents()
    for number, part in enumerate(report.parts, 1):
        written.heading(number, part_title(number, part.title, report.language))
        written.article(part.article)
        for block in part.blocks:
            written.block(block)
    return written.bytes()


def sheets(report: Report) -> bytes:
    """The parts of a report as a .docx file without cover and contents, each from a new page."""
    written = _Document(report, is_draft=False)
    section = written.document.sections[0]
    section.different_first_page_header_footer = False
    section.top_margin = section.bottom_margin = _SHEET_MARGIN
    written.chart_scale = _SHEET_CHARTS
    styles = written.document.styles
    styles["Body Text"].font.size, styles["Body Text"].paragraph_format.line_spacing = Pt(9), 1.1
    styles["Heading 2"].paragraph_format.space_before = Pt(4)
    for number, part in enumerate(report.parts, 1):
        written.sheet(number, part.title)
        written.note(part.article)
        for block in part.blocks:
            written.block(block)
    return written.bytes()


class _Document:
    """A document being written."""

    def __init__(self, report: Report, is_draft: bool) -> None:
        self.report, self.is_draft = report, is_draft
        self.chart_scale = 1.0
        self.document = Document()
        _styles(self.document)
        # by id, as python-docx would go through all styles for each paragraph to find one by its name
        self.style_ids = {style.name: style.style_id for style in self.document.styles}
        section = self.document.sections[0]
        section.page_width, section.page_height = _PAGE
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = _MARGIN
        section.different_first_page_header_footer = True
        self._header_and_footer(section)
        properties = self.document.core_properties
        properties.title = printable(f"{report.name} {report.title} {report.about}")[:255]
        properties.author, properties.comments = printable(report.name)[:255], ""
        properties.created = properties.modified = datetime.combine(report.period_end, time(), UTC)
        properties.language = "zh-CN" if report.language == "zh" else "en-GB"
        update = OxmlElement("w:updateFields")  # Word then fills in the pages when the document is opened
        update.set(qn("w:val"), "true")
        self.document.settings.element.append(update)

    def say(self, key: str, **places: object) -> str:
        return say(f"reports.{key}", self.report.language, **places)

    def bytes(self) -> bytes:
        data = io.BytesIO()
        self.document.save(data)
        return data.getvalue()

    def cover(self) -> None:
        report = self.report
        for _ in range(5):
            self._paragraph("", "Normal")
        self._paragraph(report.title, "Title")
        self._paragraph(report.about, "Subtitle")
        for _ in range(4):
            self._paragraph("", "Normal")
        self._paragraph(report.name, "Subtitle")
        if report.name_en:
            self._paragraph(report.name_en, "Subtitle")
        if self.is_draft:
            self._paragraph(self.say("draft"), _WARNING).alignment = WD_ALIGN_PARAGRAPH.CENTER

    def contents(self) -> None:
        """A field that Word brings up to date, with every part and its page in it already."""
        first = self._paragraph(self.say("contents"), "Contents heading")
        first.paragraph_format.page_break_before = True
        for number, part in enumerate(self.report.parts, 1):
            line = self._paragraph("", "TOC 1")
            if number == 1:
                _field_begins(line, 'TOC \\o "1-1" \\h \\z \\u')
            _link(line, _mark(number), part_title(number, part.title, self.report.language))
            line.add_run("\t")
            _field(line, f"PAGEREF {_mark(number)} \\h", "–")
            if number == len(self.report.parts):
                _field_ends(line)

    def heading(self, number: int, text: str) -> None:
        heading = self._paragraph(text, "Heading 1")
        heading.paragraph_format.page_break_before = number == 1
        _bookmark(heading, _mark(number), number)

    def sheet(self, number: int, text: str) -> None:
        heading = self._paragraph(text, "Heading 1")
        heading.paragraph_format.page_break_before = number > 1
        heading.paragraph_format.space_before = Pt(0)

    def note(self, text: str) -> None:
        self._paragraph(text, _NOTE)

    def article(self, article: str) -> None:
        self._paragraph(self.say("basis", article=article), _NOTE)

    def block(self, block: Block) -> None:
        if isinstance(block, ReportHeading):
            self._paragraph(block.text, "Heading 2")
        elif isinstance(block, Paragraph):
            style = {Tone.NOTE: _NOTE, Tone.WARNING: _WARNING}.get(block.tone, "Body Text")
            self._paragraph(block.text, style)
        elif isinstance(block, ReportTable):
            self._table(block)
        elif isinstance(block, Chart):
            self._chart(block)
        else:
            self._text(block)

    def _text(self, place: TextPlace) -> None:
        if not place.text.strip():
            self._paragraph(self.say("missing", what=place.prompt), _MISSING)
            return
        for line in place.text.splitlines():
            if line.strip():
                self._paragraph(line, "Body Text")
        if self.is_draft and place.at is not None:
            self._paragraph(self.say("written", who=place.who, at=moment(place.at)), _NOTE)

    def _chart(self, chart: Chart) -> None:
        self._paragraph(chart.caption, "Caption")
        data = picture(chart.drawing)
        shown = self.document.add_picture(io.BytesIO(data))
        natural = Pt(int.from_bytes(data[16:20], "big") * _POINTS_OF_PIXEL)
        width = int(min(natural, _ROOM) * self.chart_scale)
        shown.height, shown.width = Emu(int(shown.height * width / shown.width)), Emu(width)
        shown._inline.docPr.set("descr", printable(chart.told))
        self.document.paragraphs[-1].paragraph_format.space_after = Pt(8)

    def _table(self, table: ReportTable) -> None:
        self._paragraph(table.caption, "Caption")
        made = self.document.add_table(len(table.rows) + 1, len(table.columns))
        made.style, made.alignment, made.autofit = "Report table", WD_TABLE_ALIGNMENT.CENTER, False
        widths = _widths(table)
        for column, width in zip(made.columns, widths, strict=True):
            column.width = width
        rows = list(made.rows)
        self._row(rows[0], ReportRow(tuple(c.heading for c in table.columns), is_total=True), table, widths)
        _mark_row(rows[0], "w:tblHeader")
        _shade(rows[0], "DDE6F0")
        # a heading alone at the end of a page is ugly, and LibreOffice loses the rows that follow it
        for cell in rows[0].cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True
        for row, told in zip(rows[1:], table.rows, strict=True):
            self._row(row, told, table, widths)
        for row in rows[1:]:
            _mark_row(row, "w:cantSplit")
        self._paragraph("", "Table end")

    def _row(self, row: Any, told: ReportRow, table: ReportTable, widths: Iterable[Emu]) -> None:
        for cell, content, column, width in zip(row.cells, told.cells, table.columns, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph._p.style = self.style_ids[_FIGURES if column.is_figures else _CELL]
            text = content.text if isinstance(content, Figure) else content or ""
            paragraph.add_run(printable(text)).bold = told.is_total

    def _paragraph(self, text: str, style: str) -> Any:
        paragraph = self.document.add_paragraph(printable(text))
        paragraph._p.style = self.style_ids[style]
        return paragraph

    def _header_and_footer(self, section: Any) -> None:
        head = section.header.paragraphs[0]
        head.text = printable("　".join(dict.fromkeys((self.report.name, self.report.title))))
        head.alignment = WD_ALIGN_PARAGRAPH.CENTER
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        before, _, after = self.say("page", page="\x00").partition("\x00")
        foot.add_run(before)
        _field(foot, "PAGE", "1")
        foot.add_run(after)


# --- styles -------------------------------------------------------------------------------------------------------------


def _styles(document: Any) -> None:
    styles = document.styles
    _font(styles["Normal"], BODY_FONT, 10.5)
    styles["Normal"].paragraph_format.space_after = Pt(0)
    for name, size, before, after in (
        ("Title", 26, 0, 14),
        ("Subtitle", 15, 0, 8),
        ("Heading 1", 16, 18, 8),
        ("Heading 2", 12.5, 12, 6),
    ):
        style = styles[name]
        _font(style, HEADING_FONT, size)
        style.font.color.rgb, style.font.bold, style.font.italic = (
            RGBColor(0x1F, 0x38, 0x64),
            name != "Subtitle",
            False,
        )
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.keep_with_next = True
    for name in ("Title", "Subtitle"):
        styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _without_borders(styles["Title"])
    body = styles["Body Text"]
    _font(body, BODY_FONT, 10.5)
    body.paragraph_format.line_spacing, body.paragraph_format.space_after = 1.4, Pt(6)
    caption = styles["Caption"]
    _font(caption, HEADING_FONT, 9.5)
    caption.font.color.rgb, caption.font.bold = RGBColor(0x26, 0x26, 0x26), True
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(8), Pt(3)
    caption.paragraph_format.keep_with_next = True
    new = (
        ("Contents heading", HEADING_FONT, 16, 0x1F3864),
        ("TOC 1", BODY_FONT, 11, 0x262626),
        (_NOTE, BODY_FONT, 9, 0x595959),
        (_WARNING, BODY_FONT, 10.5, 0xC00000),
        (_MISSING, BODY_FONT, 10, 0x7F6000),
        (_CELL, BODY_FONT, _CELL_SIZE.pt, 0x000000),
        (_FIGURES, BODY_FONT, _CELL_SIZE.pt, 0x000000),
        ("Table end", BODY_FONT, 4, 0x000000),
    )
    for name, font, size, colour in new:
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles["Normal"]
        _font(style, font, size)
        style.font.color.rgb = RGBColor.from_string(f"{colour:06X}")
    for name in (_NOTE, _WARNING, _MISSING, "Contents heading"):
        styles[name].paragraph_format.space_after = Pt(6)
    styles[_NOTE].paragraph_format.keep_with_next = True
    styles["TOC 1"].paragraph_format.space_after = Pt(5)
    styles["TOC 1"].paragraph_format.tab_stops.add_tab_stop(_ROOM, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    styles[_FIGURES].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _table_style(styles)


def _font(style: Any, font: tuple[str, str], size: float) -> None:
    latin, chinese = font
    style.font.name, style.font.size = latin, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name, value in (("w:eastAsia", chinese), ("w:hAnsi", latin), ("w:cs", latin)):
        fonts.set(qn(name), value)
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _without_borders(style: Any) -> None:
    borders = style.element.pPr.find(qn("w:pBdr"))
    if borders is not None:
        style.element.pPr.remove(borders)


def _table_style(styles: Any) -> None:
    """Thin grey lines between rows, a stronger one above and below."""
    style = styles.add_style("Report table", WD_STYLE_TYPE.TABLE)
    style.base_style = styles["Normal Table"]
    properties = OxmlElement("w:tblPr")
    borders = OxmlElement("w:tblBorders")
    for side, size, colour in (
        ("top", "8", "1F3864"),
        ("bottom", "8", "1F3864"),
        ("insideH", "4", "BFBFBF"),
        ("insideV", "4", "D9D9D9"),
    ):
        border = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", size), ("space", "0"), ("color", colour)):
            border.set(qn(f"w:{name}"), value)
        borders.append(border)
    properties.append(borders)
    style.element.append(properties)


# --- tables -------------------------------------------------------------------------------------------------------------


def _widths(table: ReportTable) -> list[Emu]:
    """The room by the columns' shares, but none narrower than its longest figure: a figure on two lines is read as two."""
    whole = sum(c.width for c in table.columns)
    shares = [_ROOM * c.width / whole for c in table.columns]
    least = [
        _figures_take(row.cells[n] for row in table.rows) if column.is_figures else share * _TEXT_SHRINKS_TO
        for n, (column, share) in enumerate(zip(table.columns, shares, strict=True))
    ]
    to_spare = [max(share - narrow, 0) for share, narrow in zip(shares, least, strict=True)]
    if sum(least) >= _ROOM or not any(to_spare):
        return [Emu(int(_ROOM * narrow / sum(least))) for narrow in least]
    part = (_ROOM - sum(least)) / sum(to_spare)
    return [Emu(int(narrow + more * part)) for narrow, more in zip(least, to_spare, strict=True)]


def _figures_take(cells: Iterable[Cell]) -> float:
    longest = max((len(cell.text) for cell in cells if isinstance(cell, Figure)), default=0)
    return longest * _WIDEST_DIGIT * _CELL_SIZE + _CELL_EDGES


def _mark_row(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _shade(row: Any, colour: str) -> None:
    for cell in row.cells:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)


# --- fields -------------------------------------------------------------------------------------------------------------


def _mark(number: int) -> str:
    return f"_Toc{number:06d}"


def _bookmark(paragraph: Any, name: str, number: int) -> None:
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for element in (start, end):
        element.set(qn("w:id"), str(number))
    start.set(qn("w:name"), name)
    paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, start)
    paragraph._p.append(end)


def _character(paragraph: Any, kind: str) -> None:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(mark)


def _field_begins(paragraph: Any, code: str) -> None:
    _character(paragraph, "begin")
    told = OxmlElement("w:instrText")
    told.set(qn("xml:space"), "preserve")
    told.text = f" {code} "
    paragraph.add_run()._r.append(told)
    _character(paragraph, "separate")


def _field_ends(paragraph: Any) -> None:
    _character(paragraph, "end")


def _field(paragraph: Any, code: str, shown: str) -> None:
    _field_begins(paragraph, code)
    paragraph.add_run(shown)
    _field_ends(paragraph)


def _link(paragraph: Any, target: str, text: str) -> None:
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), target)
    run = paragraph.add_run(printable(text))
    link.append(run._r)
    paragraph._p.append(link)
