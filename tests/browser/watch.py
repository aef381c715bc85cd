"""What a page may not do: errors in the console, policy violations, sideways scrolling, the other language."""

import re
from functools import cache
from typing import Any

import polib

from config.translations import CATALOGUE, PLACEHOLDER, ROOT

SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
WIDER_THAN_SHOWN = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
REPORT = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
TEXTS = """
() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.closest("script, style, noscript, template, [lang]:not(html)")) continue;
    const text = walker.currentNode.data.replace(/\\s+/g, " ").trim();
    if (text) found.push(text);
  }
  for (const element of document.querySelectorAll("[placeholder], [aria-label], [title], [alt]")) {
    for (const name of ["placeholder", "aria-label", "title", "alt"]) {
      const text = element.getAttribute(name);
      if (text) found.push(text.trim());
    }
  }
  return [...found, document.title];
}
"""


@cache
def foreign_sentences(language: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """The other language's sentences: plain ones as a set, those with placeholders as patterns."""
    plain, patterns = set(), []
    for entry in polib.pofile(str(ROOT / CATALOGUE)):
        chinese = [entry.msgstr] if entry.msgstr else list(entry.msgstr_plural.values())
        english = [entry.msgid, *([entry.msgid_plural] if entry.msgid_plural else [])]
        for text in set(english) - set(chinese) if language == "zh-hans" else set(chinese) - set(english):
            if not PLACEHOLDER.search(text):
                # Labels are shown with a capital first letter.
                plain |= {text, text[:1].upper() + text[1:]}
            elif len(PLACEHOLDER.sub("", text).strip()) > 3:
                parts, position = [], 0
                for match in PLACEHOLDER.finditer(text):
                    parts += [re.escape(text[position : match.start()]), ".+"]
                    position = match.end()
                patterns.append(re.compile("".join([*parts, re.escape(text[position:])])))
    return frozenset(plain), tuple(patterns)


def untranslated(texts: list[str], language: str) -> list[str]:
    """The texts that are sentences of the other language. Single letters and codes are nobody's."""
    plain, patterns = foreign_sentences(language)
    return [
        text
        for text in texts
        if len(text) > 1 and (text in plain or any(pattern.fullmatch(text) for pattern in patterns))
    ]


class Watched:
    """A page that collects its faults. `data` texts (names in the test's data) are not held against it."""

    def __init__(self, page: Any, language: str) -> None:
        self.page, self.language = page, language
        self.faults: list[str] = []
        self.expected_statuses: set[int] = set()
        self.data: set[str] = set()
        page.add_init_script(REPORT)
        page.on("pageerror", lambda error: self._fault(f"script error: {error}"))
        page.on("console", self._console)
        page.on("response", self._response)

    def _fault(self, text: str) -> None:
        self.faults.append(f"{self.page.url} ({self.language}): {text}")

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not self._is_expected(message.text):
            self._fault(f"console {message.type}: {message.text}")

    def _is_expected(self, text: str) -> bool:
        return any(f"status of {status}" in text for status in self.expected_statuses)

    def _response(self, response: Any) -> None:
        if response.status >= 400 and response.status not in self.expected_statuses:
            self._fault(f"{response.status} for {response.url}")

    def visit(self, path: str, *, status: int = 200) -> Any:
        """Open the page, check it; returns playwright's page."""
        if status >= 400:
            self.expected_statuses.add(status)
        response = self.page.goto(path, wait_until="load")
        if response.status != status:
            self._fault(f"status {response.status} instead of {status}")
        self.check()
        return self.page

    def follow(self, selector: str) -> Any:
        """Click what leads to another page or sends a form, check what comes; returns playwright's page."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.locator(selector).click()
        self.check()
        return self.page

    def agree(self, dialog: str) -> Any:
        """Open the question with this id and say yes."""
        self.page.locator(f"[data-dialog={dialog}]").click()
        return self.follow(f"dialog#{dialog} [type=submit]")

    def check(self, *, every_size: bool = True) -> None:
        """Look at the page as it stands now, and at how wide it is in this and (`every_size`) in every other size."""
        for violation in self.page.evaluate("() => window.__violations.splice(0)"):
            self._fault(f"policy violation: {violation}")
        size = self.page.viewport_size
        others = [other for other in SIZES.values() if every_size and other != size]
        for other in (*others, size):
            self.page.set_viewport_size(other)
            wide = self.page.evaluate(WIDER_THAN_SHOWN)
            if wide > 0:
                self._fault(f"scrolls sideways by {wide} px where {other['width']} are to be had")
        for text in untranslated(self.page.evaluate(TEXTS), self.language):
            if text not in self.data:
                self._fault(f"not in this language: {text!r}")

    def shot(self, path: str, *, full: bool = True) -> None:
        """A picture of the page."""
        self.page.screenshot(path=path, full_page=full)
