"""Writes of training: courses, and who took them with which score."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.anchors.models import Anchor
from mcn.core.errors import RuleError
from mcn.training.models import Course, TrainingRecord


def _write(actor: User | None, record: Any, values: dict[str, Any]) -> str:
    """Set `values`, save and audit what differs; returns created, changed or unchanged."""
    new = record.pk is None
    before = None if new else audit.snapshot(record)
    for name, value in values.items():
        setattr(record, name, value)
    after = audit.snapshot(record)
    if before == after:
        return "unchanged"
    record.save()
    if new:
        audit.record(actor=actor, action="create", target=record, after=audit.snapshot(record))
        return "created"
    audit.record(actor=actor, action="change", target=record, before=before, after=after)
    return "changed"


@transaction.atomic
def course_save(*, actor: User | None, code: str, **values: Any) -> tuple[Course, str]:
    """Add the course with this code or change it; returns it and created / changed / unchanged.

    Raises RuleError for a score to pass above 100.
    """
    if values.get("pass_score", 0) > 100:
        raise RuleError(_("A score is at most 100."), field="pass_score")
    course = Course.objects.select_for_update().filter(code=code).first() or Course(code=code)
    return course, _write(actor, course, values)


@transaction.atomic
def training_record_add(
    *, actor: User | None, course: Course, anchor: Anchor, taken_on: date, score: int, **values: Any
) -> TrainingRecord:
    """Record that the anchor took the course on that day.

    Raises RuleError for a score above 100, or if that day's record is there already (correct it instead).
    """
    _check_score(score)
    if TrainingRecord.objects.filter(course=course, anchor=anchor, taken_on=taken_on).exists():
        raise RuleError(
            _("%(anchor)s already has a record of %(course)s on %(day)s; correct that one."),
            field="taken_on",
            anchor=str(anchor),
            course=str(course),
            day=taken_on.isoformat(),
        )
    record = TrainingRecord(course=course, anchor=anchor, taken_on=taken_on)
    _write(actor, record, {"score": score, **values})
    return record


@transaction.atomic
def training_record_correct(*, actor: User | None, record: TrainingRecord, score: int, **values: Any) -> str:
    """Correct score, trainer or note of a record; returns changed or unchanged. Raises RuleError above 100."""
    _check_score(score)
    current = TrainingRecord.objects.select_for_update().get(pk=record.pk)
    return _write(actor, current, {"score": score, **values})


def _check_score(score: int) -> None:
    if score > 100:
        raise RuleError(_("A score is at most 100."), field="score")
