"""Components that pages put together: jobs, questions before a change, empty states."""

from django import forms
from django.template.loader import render_to_string
from django.utils import translation

from mcn.console.generic.forms import MoneyField, RateField
from mcn.jobs.models import Job


def render(name: str, **context: object) -> str:
    with translation.override("en"):
        return render_to_string(f"components/{name}.html", context)


def test_a_running_job_shows_progress_and_asks_again() -> None:
    job = Job(pk=7, kind="sales.import", state=Job.State.RUNNING, done=1500, total=20000, message="Reading rows")
    html = render("job", job=job, url="/a/xinghe/jobs/7/", title="July orders")
    assert 'hx-get="/a/xinghe/jobs/7/" hx-trigger="every 1s"' in html
    assert '<progress class="bar" value="1500" max="20000"' in html
    assert "July orders" in html
    assert "20,000" in html


def test_a_job_of_unknown_length_shows_that_it_moves() -> None:
    html = render("job", job=Job(pk=7, kind="x", state=Job.State.QUEUED), url="/jobs/7/")
    assert '<progress class="bar" aria-label="Progress"></progress>' in html


def test_a_failed_job_says_why_and_no_longer_asks() -> None:
    error = {"message": "The file is empty (0 bytes).", "params": {}}
    html = render("job", job=Job(pk=7, kind="x", state=Job.State.FAILED, error=error), url="/jobs/7/")
    assert "hx-get" not in html
    assert "The file is empty (0 bytes)." in html
    assert "status-red" in html


def test_a_question_is_a_post_with_token_and_values() -> None:
    html = render(
        "confirm",
        id="ask",
        title="Close <July>?",
        text="It stays as it is.",
        url="/close/",
        label="Close",
        tone="danger",
        values={"period": "2026-07"},
        csrf_token="token",  # noqa: S106
    )
    assert '<form method="post" action="/close/">' in html
    assert 'name="csrfmiddlewaretoken" value="token"' in html
    assert '<input type="hidden" name="period" value="2026-07">' in html
    assert "Close &lt;July&gt;?" in html


def test_an_empty_state_without_a_next_step_has_no_button() -> None:
    assert "btn" not in render("empty", title="None", why="Nothing was imported.")
    assert 'href="/new/"' in render("empty", title="None", why="Nothing.", url="/new/", label="New")


def test_form_fields_carry_their_units() -> None:
    class TermsForm(forms.Form):
        fee = MoneyField(label="Fee")
        rate = RateField(label="Rate", required=False)

    form = TermsForm({"fee": "1.005", "rate": "101.12345"})
    html = render("fields", form=form)
    assert '<span class="input-group-text">¥</span>' in html
    assert '<span class="input-group-text">%</span>' in html
    assert html.count("is-invalid") == 2
    assert html.count('<span class="optional">optional</span>') == 1
