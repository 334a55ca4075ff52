"""What every chart stands in: the drawing, its figures as a table, and a button that saves it as a picture.

The picture is made in the browser from the drawing itself, in the colours of the screen, with the page's head above it and the line
that says as of when its figures are below it: nothing is on it that is not on screen, and it needs no second drawing on the server. :func:`save_pictures`
is the script that does it, mounted once by the main script.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.components.markup import Html, show, show_large, tag
from dashboard.components.view import View


@dataclass(frozen=True, slots=True)
class DrawnChart:
    """A chart as it is drawn, and its figures as a table; None where the drawing is a table with every figure in it.

    One of thousands of elements says in ``large`` by which key it is shown (:func:`dashboard.components.markup.show_large`).
    """

    drawn: Html
    figures: Html | None = None
    large: str | None = None


def show_chart(view: View, title: str, chart: DrawnChart) -> None:
    """Put a chart on the page. It is the only way to do so: :func:`dashboard.components.markup.show` takes none."""
    if chart.large is None:
        show(framed(view, title, chart))
    else:
        show_large(framed(view, title, chart), chart.large)


def framed(view: View, title: str, chart: DrawnChart) -> Html:
    """A chart with what it offers below it.

    :param title: what it is called in the picture and its file's name, after the head of the page.
    """
    figures = chart.figures and tag("details", tag("summary", view.say("chart.table")), chart.figures)
    drawn = tag("div", chart.drawn, css="r19-drawn")
    return tag("figure", drawn, _tools(view, title, figures), css="r19-figure", aria_label=title)


def graph_tools(view: View, title: str) -> None:
    """The button for the graph that Streamlit has drawn just before."""
    show(tag("figure", _tools(view, title, None), css="r19-figure"))


def _tools(view: View, title: str, figures: Html | None) -> Html:
    button = tag(
        "button",
        view.say("chart.picture"),
        type="button",
        title=view.say("chart.picture-hint"),
        data_r19_picture=title,
        data_r19_failed=view.say("chart.picture-failed"),
    )
    return tag("div", figures, button, css="r19-tools")


_SCRIPT = """
const GRAPH = '[data-testid="stGraphVizChart"]';

function drawnBeside(button) {
  const figure = button.closest('figure');
  const before = (one) => one.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING;
  return figure.querySelector('.r19-drawn') || [...document.querySelectorAll(GRAPH)].filter(before).pop();
}

function line(text, css) {
  const made = document.createElement('p');
  made.textContent = text;
  made.className = css;
  return made;
}

function sheet(drawn, title) {
  const look = getComputedStyle(drawn), app = getComputedStyle(document.querySelector('.stApp'));
  const wide = [...drawn.querySelectorAll('table')].map((table) => table.scrollWidth);
  const made = document.createElement('div');
  made.className = 'stApp stHtml r19-picture';
  Object.assign(made.style, {
    position: 'absolute', visibility: 'hidden', left: 0, top: 0, padding: '16px', boxSizing: 'content-box',
    width: `${Math.ceil(Math.max(drawn.getBoundingClientRect().width, ...wide))}px`,
    fontFamily: look.fontFamily, fontSize: look.fontSize, lineHeight: look.lineHeight,
    color: look.color, colorScheme: look.colorScheme, backgroundColor: app.backgroundColor,
  });
  const head = [...document.querySelectorAll('.r19-head > *')].map((one) => one.textContent);
  made.append(line([...head, title].join(' · '), 'head'), drawn.cloneNode(true));
  const asOf = document.querySelector('.r19-as-of');
  if (asOf) made.append(line(asOf.textContent, 'quiet small'));
  return made;
}

async function rendered(made) {
  document.body.append(made);
  const { width, height } = made.getBoundingClientRect();
  made.remove();
  Object.assign(made.style, { position: 'static', visibility: 'visible' });
  const style = document.createElement('style');
  style.textContent = [...document.querySelectorAll('style')].map((one) => one.textContent).filter((css) => css.includes('.r19-')).join('\\n');
  made.prepend(style);
  const markup = new XMLSerializer().serializeToString(made).replace(/[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]/g, '');
  const root = getComputedStyle(document.documentElement).fontSize;
  const image = new Image();
  // from a blob: the canvas would not give its picture out
  image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}" style="font-size:${root}">` +
    `<foreignObject width="100%" height="100%">${markup}</foreignObject></svg>`);
  await image.decode();
  const scale = Math.min(2, 16000 / Math.max(width, height));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.ceil(width * scale), Math.ceil(height * scale)];
  const pen = canvas.getContext('2d');
  pen.scale(scale, scale);
  pen.drawImage(image, 0, 0);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => blob ? resolve(blob) : reject(), 'image/png'));
}

async function save(event) {
  const button = event.target.closest && event.target.closest('button[data-r19-picture]');
  const drawn = button && drawnBeside(button);
  if (!drawn) return;
  const title = button.dataset.r19Picture, page = document.querySelector('.r19-head h1');
  try {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await rendered(sheet(drawn, title)));
    link.download = `${page ? page.textContent + ' ' : ''}${title}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  } catch {
    button.textContent = button.dataset.r19Failed;
  }
}

export default function () {
  document.addEventListener('click', save);
  return () => document.removeEventListener('click', save);
}
"""


def save_pictures() -> None:
    """Save a chart whose button was clicked. The main script calls this once in every run."""
    st.components.v2.component("r19-pictures", js=_SCRIPT)(key="r19-pictures")
