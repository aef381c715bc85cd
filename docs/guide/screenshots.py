"""Take the pictures of the guide from a running demo: `.venv/bin/python -m docs.guide.screenshots [URL [PICTURE…]]`.

Start the demo with `make run` first. Every picture is one line of PICTURES.
"""

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests import chromium

HERE = Path(__file__).parent
PASSWORD = "xingbei-demo-2026"  # noqa: S105 -- the demo's, published on purpose
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
AGENCY, OPEN, CLOSED = "/a/xinghe-demo", "2026-07", "2026-06"
# file, who looks, where (a page, the links to click and the fields to fill from there on), and on what
PICTURES: list[tuple[str, str, str, list[str | tuple[str, str]], dict[str, int]]] = [
    ("home", "owner@xinghe-demo.test", f"{AGENCY}/", [], DESKTOP),
    ("upload", "operations@xinghe-demo.test", f"{AGENCY}/sales/upload/", [], DESKTOP),
    ("unmatched", "operations@xinghe-demo.test", f"{AGENCY}/sales/unmatched/", [], DESKTOP),
    ("exposure", "finance@xinghe-demo.test", f"{AGENCY}/exposure/", [], DESKTOP),
    ("difference", "operations@xinghe-demo.test", f"{AGENCY}/sales/imports/", ["tbody td a"], DESKTOP),
    ("reconciliation", "finance@xinghe-demo.test", f"{AGENCY}/sales/reconciliation/", [], DESKTOP),
    ("month", "finance@xinghe-demo.test", f"{AGENCY}/months/{OPEN}/", [], DESKTOP),
    ("statement", "finance@xinghe-demo.test", f"{AGENCY}/months/{OPEN}/", ["tbody td a"], DESKTOP),
    ("closed", "approver@xinghe-demo.test", f"{AGENCY}/months/{CLOSED}/", [], DESKTOP),
    ("downloads", "finance@xinghe-demo.test", f"{AGENCY}/jobs/", [], DESKTOP),
    ("earnings", "a01@xinghe-demo.test", "/me/xinghe-demo/", [], PHONE),
    ("story", "a01@xinghe-demo.test", f"/me/xinghe-demo/months/{OPEN}/", [], PHONE),
    ("payouts", "finance@xinghe-demo.test", f"{AGENCY}/payouts/", [], DESKTOP),
    ("bank", "finance@xinghe-demo.test", f"{AGENCY}/bank-statements/", [], DESKTOP),
    ("invoices", "finance@xinghe-demo.test", f"{AGENCY}/invoices/", [], DESKTOP),
    ("tax", "finance@xinghe-demo.test", f"{AGENCY}/tax/?month={CLOSED}", ["tbody td a"], DESKTOP),
    ("vouchers", "finance@xinghe-demo.test", f"{AGENCY}/vouchers/?month={CLOSED}", [], DESKTOP),
    (
        "dispute",
        "finance@xinghe-demo.test",
        f"{AGENCY}/disputes/",
        ["tbody td a", ("input[name=rate]", "40"), "form.filters button"],
        DESKTOP,
    ),
    ("correction", "approver@xinghe-demo.test", f"{AGENCY}/corrections/", ["tbody td a"], DESKTOP),
    ("exit", "finance@xinghe-demo.test", f"{AGENCY}/exits/", ["tbody td a"], DESKTOP),
    (
        "what-if",
        "finance@xinghe-demo.test",
        f"{AGENCY}/what-if/",
        [("input[name=points]", "5"), "main form button.btn-primary"],
        DESKTOP,
    ),
    ("report", "finance@xinghe-demo.test", f"{AGENCY}/reports/", [], DESKTOP),
    ("dispute-phone", "a01@xinghe-demo.test", f"/me/xinghe-demo/months/{CLOSED}/", ["a[href$='/dispute/']"], PHONE),
    ("operator", "operator@demo.test", "/ops/", [], DESKTOP),
]


def sign_in(page: Any, email: str) -> None:
    page.goto("/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)


def main(url: str, only: list[str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        for name, email, path, links, size in PICTURES:
            if only and name not in only:
                continue
            page = browser.new_context(base_url=url, locale="zh-CN", viewport=size).new_page()
            sign_in(page, email)
            page.goto(path)
            for step in links:
                if isinstance(step, tuple):
                    page.locator(step[0]).first.fill(step[1])
                    continue
                page.locator(step).first.click()
                page.wait_for_load_state("networkidle")
            page.locator(".job progress").wait_for(state="detached")  # what a worker makes is waited for
            page.wait_for_load_state("networkidle")
            page.screenshot(path=HERE / "images" / f"{name}.png")
            page.context.close()
            print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000", sys.argv[2:])
