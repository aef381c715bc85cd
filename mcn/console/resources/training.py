"""Courses and training records."""

from typing import Any, ClassVar

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from mcn.console.generic import RelatedTab, Resource, Section, register
from mcn.training import services
from mcn.training.models import Course, TrainingRecord


@register
class Courses(Resource):
    model = Course
    slug = "courses"
    area = "training"
    icon = "school"
    order = 10
    view_permission = "training.view"
    change_permission = "training.change"
    columns = ("code", "title", "topic", "hours", "required", "pass_score", "valid_months")
    search = ("code", "title", "topic")
    filters = ("required",)
    fields = ("code", "title", "topic", "hours", "pass_score", "valid_months", "required", "description")
    sections: ClassVar = (
        Section("", ("code", "title", "topic", "hours", "required", "pass_score", "valid_months", "description")),
    )
    tabs: ClassVar = (RelatedTab("training-records", "course"),)
    lead = _("What anchors learn before they go live, and what it takes to pass.")
    empty_why = _("No course has been set up. Begin with what every new anchor has to know.")

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return services.course_save(actor=actor, **data)[0]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return services.course_save(actor=actor, **data)[0]


@register
class TrainingRecords(Resource):
    model = TrainingRecord
    slug = "training-records"
    area = "training"
    icon = "certificate"
    order = 20
    view_permission = "training.view"
    change_permission = "training.change"
    columns = ("taken_on", "anchor", "course", "score", "passed", "trainer")
    search = ("anchor__code", "anchor__stage_name", "course__code", "course__title", "trainer")
    filters = ("course", "anchor")
    ordering = ("-taken_on", "-pk")
    select_related = ("course", "anchor")
    fields = ("course", "anchor", "taken_on", "score", "trainer", "note")
    locked = ("course", "anchor", "taken_on")
    sections: ClassVar = (Section("", ("course", "anchor", "taken_on", "score", "passed", "trainer", "note")),)
    lead = _("Who took which course, when, and with what result.")
    empty_why = _("No anchor has taken a course yet. Records are entered after each training.")

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return services.training_record_add(actor=actor, **data)

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        values = {name: data[name] for name in ("score", "trainer", "note")}
        return services.training_record_correct(actor=actor, record=record, **values)[0]
