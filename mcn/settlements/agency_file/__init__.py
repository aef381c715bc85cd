"""The agency file: roster, contracts and history of an agency in one YAML text (docs/agency-file.md)."""

from mcn.settlements.agency_file.loading import load
from mcn.settlements.agency_file.problems import AgencyFileError, Problem
from mcn.settlements.agency_file.report import Report

__all__ = ["AgencyFileError", "Problem", "Report", "load"]
