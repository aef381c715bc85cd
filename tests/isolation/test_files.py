"""Files are handed out within their agency alone."""

import io
from pathlib import Path

import pytest
from django.http import Http404

from mcn.accounts.models import Membership
from mcn.jobs.models import Job
from mcn.settlements.exports.downloads import export_response
from mcn.tenancy import files
from tests.isolation.twins import Twin, inside

pytestmark = pytest.mark.usefixtures("other_unchanged")


def test_another_agencys_export_is_not_handed_out(twins: tuple[Twin, Twin]) -> None:
    own, other = twins
    with inside(other):
        job = Job.objects.get(kind="export")
    with inside(own):
        with pytest.raises(Http404):
            export_response(member=Membership.objects.get(user=own.user()), job_id=job.pk)
        # Not even where a row of the own agency names the other's file.
        mine = Job.objects.filter(kind="export").order_by("pk").first()
        Job.objects.filter(pk=mine.pk).update(result_file=job.result_file)
        with pytest.raises(Http404):
            export_response(member=Membership.objects.get(user=own.user()), job_id=mine.pk)
        Job.objects.filter(pk=mine.pk).update(result_file=f"../{other.agency.pk}/{job.result_file}")
        with pytest.raises(files.UnsafeName):
            export_response(member=Membership.objects.get(user=own.user()), job_id=mine.pk)


@pytest.mark.parametrize(
    "name",
    ["", "/", "/etc/passwd", "..", "../2/exports", "a/../../b", "a/..", "a\\..\\b", "a\x00b", "exports/../../../x"],
)
def test_names_that_leave_the_agency_are_refused(twins: tuple[Twin, Twin], name: str) -> None:
    with inside(twins[0]):
        for use in (files.path_of, files.remove, lambda bad: files.store(bad, io.BytesIO(b"x"))):
            with pytest.raises(files.UnsafeName):
                use(name)


def test_a_link_to_the_outside_is_refused(twins: tuple[Twin, Twin], tmp_path: Path) -> None:
    own, other = twins
    with inside(other):
        theirs = files.folder()
    with inside(own):
        (files.folder() / "link").symlink_to(theirs)
        with pytest.raises(files.UnsafeName):
            files.path_of("link/exports")
        (files.folder() / "link").unlink()


def test_files_have_no_address_of_their_own(twins: tuple[Twin, Twin]) -> None:
    with inside(twins[1]):
        job = Job.objects.get(kind="export")
        path = files.path_of(job.result_file)
    client = twins[0].client()
    names = [f"agencies/{twins[1].agency.pk}/{job.result_file}", str(path).lstrip("/")]
    for name in names:
        for start in ("/", "/media/", "/files/", "/static/", "/static/../", "/a/xinghe/", "/a/xinghe/files/"):
            assert client.get(start + name).status_code in (400, 404)
