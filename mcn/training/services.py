"""Writes of training: courses, and who took them with which score."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts.keeping import KEEP, find, keep, save_by
from mcn.accounts.models import User
from mcn.anchors.models import Anchor
from mcn.core.errors import RuleError
from mcn.training.models import Course, TrainingRecord


@transaction.atomic
def course_save(
    *,
    actor: User | None,
    code: str,
    title: str,
    topic: str = KEEP,
    hours: Decimal = KEEP,
    required: bool = KEEP,
    pass_score: int = KEEP,
    valid_months: int | None = KEEP,
    description: str = KEEP,
) -> tuple[Course, str]:
    """Create or change the course with this code; returns it and the outcome.

    Raises RuleError for a score to pass outside 0…100 and for hours that are not positive.
    """
    if pass_score is not KEEP:
        _check_score(pass_score, "pass_score")
    if hours is not KEEP and hours <= 0:
        raise RuleError(_("A course lasts longer than 0 hours."), field="hours")
    return save_by(
        Course,
        {"code": code},
        actor=actor,
        title=title,
        topic=topic,
        hours=hours,
        required=required,
        pass_score=pass_score,
        valid_months=valid_months,
        description=description,
    )


@transaction.atomic
def training_record_add(
    *,
    actor: User | None,
    course: Course,
    anchor: Anchor,
    taken_on: date,
    score: int,
    trainer: str = KEEP,
    note: str = KEEP,
) -> TrainingRecord:
    """Record that the anchor took the course on that day.

    Raises RuleError for a score outside 0…100, or if that day's record is there already (correct it instead).
    """
    _check_score(score, "score")
    if find(TrainingRecord, course=course, anchor=anchor, taken_on=taken_on) is not None:
        raise RuleError(
            _("%(anchor)s already has a record of %(course)s on %(day)s; correct that one."),
            field="taken_on",
            anchor=str(anchor),
            course=str(course),
            day=taken_on.isoformat(),
        )
    values = {"course": course, "anchor": anchor, "taken_on": taken_on, "score": score}
    return keep(None, TrainingRecord, actor=actor, **values, trainer=trainer, note=note)[0]


@transaction.atomic
def training_record_correct(
    *, actor: User | None, record: TrainingRecord, score: int, trainer: str = KEEP, note: str = KEEP
) -> tuple[TrainingRecord, str]:
    """Correct score, trainer or note of a record; returns it and the outcome. Raises RuleError as above."""
    _check_score(score, "score")
    current = find(TrainingRecord, pk=record.pk)
    return keep(current, TrainingRecord, actor=actor, score=score, trainer=trainer, note=note)


def _check_score(score: int, field: str) -> None:
    if not 0 <= score <= 100:
        raise RuleError(_("A score is at least 0 and at most 100."), field=field)
