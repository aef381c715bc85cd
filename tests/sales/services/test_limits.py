"""How large a file of sales may be is a setting."""

from typing import Any

import pytest
from django.utils import translation

from mcn.sales.models import OrderLine
from tests.sales.platform_files import rows_of
from tests.settlements.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_above_the_limit_is_refused_and_leaves_nothing(desk: Desk, settings: Any) -> None:
    settings.SALES_FILE_MAX_BYTES = 1000
    job = desk.job(rows_of("douyin_alliance"))
    with translation.override("en"):
        assert job.state == "failed"
        assert "The file has 1 MB; the limit is 0 MB." in job.error_text()
    with desk.reading():
        assert not OrderLine.objects.exists()
    settings.SALES_FILE_MAX_BYTES = 10_000
    assert desk.bring(rows_of("douyin_alliance"))["created"] == 5
