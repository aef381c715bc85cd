"""What a test worker includes at its start: the job kinds of the tests. Never imported by the tests themselves."""

from mcn.jobs.registry import KINDS
from tests import waiting_job

KINDS[waiting_job.NAME] = waiting_job.KIND
