"""Courses and who took them. Money never reads this app."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Anchor
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Course(TenantModel):
    code = models.CharField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=160)
    topic = models.CharField(_("topic"), max_length=60, blank=True)
    hours = models.DecimalField(_("hours"), max_digits=5, decimal_places=2, default=1)
    required = models.BooleanField(_("required for every anchor"), default=False)
    pass_score = models.PositiveSmallIntegerField(_("score to pass"), default=60)
    valid_months = models.PositiveSmallIntegerField(_("valid for months"), null=True, blank=True)
    description = models.TextField(_("description"), blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="course_code"),
            models.CheckConstraint(condition=models.Q(pass_score__lte=100), name="course_pass_score"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class TrainingRecord(TenantModel):
    """One anchor took one course on one day, with a score."""

    course = TenantForeignKey(Course, on_delete=models.PROTECT, related_name="records", verbose_name=_("course"))
    anchor = TenantForeignKey(
        Anchor, on_delete=models.PROTECT, related_name="training_records", verbose_name=_("anchor")
    )
    taken_on = models.DateField(_("taken on"))
    score = models.PositiveSmallIntegerField(_("score"))
    trainer = models.CharField(_("trainer"), max_length=80, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("training record")
        verbose_name_plural = _("training records")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "course", "anchor", "taken_on"], name="training_record_one"),
            models.CheckConstraint(condition=models.Q(score__lte=100), name="training_record_score"),
        ]

    def __str__(self) -> str:
        return f"{self.anchor} {self.course} {self.taken_on}"

    @property
    def passed(self) -> bool:
        return self.score >= self.course.pass_score

    passed.fget.short_description = _("passed")  # type: ignore[attr-defined]
