"""Light or dark, and printing: the two things of Streamlit's own menu that a reader needs, in the reader's language.

Streamlit's menu speaks English only and keeps the choice for the one address that was loaded, so a link opened in a new tab
forgot it. The menu is off (``client.toolbarMode`` in ``.streamlit/config.toml``); the choice is written where Streamlit looks
for it when a page is loaded, for every page, and the page is loaded anew. It stays in the browser, as it belongs to the screen.

The same script tells the browser the language of the page, which Streamlit calls English always: a screen reader speaks by it. It
also translates the few words of Streamlit's lists, which know no other language.
"""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from consolidation.words import say

THEMES = ("System", "Light", "Dark")
"""By the names that Streamlit keeps them under."""

_HTML = '<div class="r19-appearance"><select></select><button type="button"></button></div>'
_SCRIPT = """
export default function ({ data, parentElement }) {
  document.documentElement.lang = data.language;
  const select = parentElement.querySelector('select'), print = parentElement.querySelector('button');
  const folder = location.pathname.replace(/[^/]*$/, '');
  const keys = data.pages.map((page) => `stActiveTheme-${folder}${page}-v2`);
  const here = localStorage.getItem(`stActiveTheme-${location.pathname}-v2`) || '"System"';
  select.setAttribute('aria-label', data.label);
  select.replaceChildren(...data.themes.map(([name, word]) => new Option(word, name, false, JSON.stringify(name) === here)));
  select.onchange = () => {
    keys.forEach((key) => localStorage.setItem(key, JSON.stringify(select.value)));
    location.reload();
  };
  print.textContent = data.print;
  print.onclick = () => window.print();
  const translate = (node) => {
    const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const word = data.words[texts.currentNode.nodeValue.trim()];
      if (word) texts.currentNode.nodeValue = word;
    }
  };
  const observer = new MutationObserver((changes) => changes.forEach(({ target, addedNodes }) => {
    if (target.closest && (target.closest('[data-baseweb="popover"], [role="listbox"]') || target === document.body))
      addedNodes.forEach(translate);
  }));
  observer.observe(document.body, { childList: true, subtree: true });
  return () => observer.disconnect();
}
"""
_OWN_WORDS = ("no-results", "select-all", "no-options")
"""What Streamlit's own lists say in English only: the words ``dashboard.widget.<key>``."""


def appearance(pages: Iterable[str], language: str) -> None:
    """The choice of light or dark, and the button that prints.

    :param pages: every page's address; the choice is for all of them.
    """
    component = st.components.v2.component("r19-appearance", html=_HTML, js=_SCRIPT, isolate_styles=False)
    component(
        key="r19-appearance",
        data={
            "language": "zh-CN" if language == "zh" else language,
            "pages": ["", *pages],
            "label": say("dashboard.theme", language),
            "themes": [[name, say(f"dashboard.theme.{name.lower()}", language)] for name in THEMES],
            "print": say("dashboard.print", language),
            "words": {
                say(f"dashboard.widget.{key}", "en"): say(f"dashboard.widget.{key}", language)
                for key in _OWN_WORDS
            },
        },
    )
