"""What the demo shows besides the agency file: suppliers, courses, training records."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from mcn.anchors.models import Anchor
from mcn.supply.models import Sku
from mcn.supply.services import sku_save, supplier_save
from mcn.training.models import Course, TrainingRecord
from mcn.training.services import course_save, training_record_add

SUPPLIERS = (
    ("V01", "清禾生物科技有限公司", "许经理 0571-0000001", ("S001", "S002", "S003")),
    ("V02", "山野集食品有限公司", "沈经理 0872-0000002", ("S004", "S005")),
    ("V03", "织云服饰（木曜日家居）", "韩经理 0512-0000003", ("S006", "S007", "S008", "S009")),
)
COURSES = (
    ("C01", "直播合规与广告法", "合规", Decimal(2), True, 80, 12),
    ("C02", "新人开播流程", "流程", Decimal("1.5"), True, 60, None),
    ("C03", "美妆类目话术", "话术", Decimal(3), False, 70, 24),
    ("C04", "食品类目禁用语", "合规", Decimal(1), False, 80, 12),
)
RECORDS = (
    ("C01", "A01", date(2026, 1, 12), 92),
    ("C01", "A02", date(2026, 1, 12), 85),
    ("C01", "A03", date(2026, 3, 2), 74),
    ("C01", "A03", date(2026, 3, 9), 88),
    ("C02", "A08", date(2026, 5, 4), 95),
    ("C03", "A01", date(2026, 2, 20), 90),
    ("C04", "A01", date(2026, 6, 8), 83),
    ("C04", "A04", date(2026, 6, 8), 79),
)


@transaction.atomic
def make_extras() -> None:
    """Suppliers of the SKUs, courses, and who took them, as far as the agency in scope has the SKUs and anchors."""
    for code, name, contact, skus in SUPPLIERS:
        supplied = list(Sku.objects.filter(code__in=skus))
        if supplied:
            supplier, _outcome = supplier_save(actor=None, code=code, name=name, contact=contact)
            for sku in supplied:
                sku_save(actor=None, code=sku.code, name=sku.name, supplier=supplier)
    for code, title, topic, hours, required, pass_score, valid_months in COURSES:
        course_save(
            actor=None,
            code=code,
            title=title,
            topic=topic,
            hours=hours,
            required=required,
            pass_score=pass_score,
            valid_months=valid_months,
        )
    courses = {course.code: course for course in Course.objects.all()}
    anchors = {anchor.code: anchor for anchor in Anchor.objects.all()}
    for course_code, anchor_code, taken_on, score in RECORDS:
        course, anchor = courses[course_code], anchors.get(anchor_code)
        if anchor and not TrainingRecord.objects.filter(course=course, anchor=anchor, taken_on=taken_on).exists():
            training_record_add(
                actor=None, course=course, anchor=anchor, taken_on=taken_on, score=score, trainer="吴老师"
            )
