"""Foreign keys point down the list of apps, and every agency table is one that the database guards."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from mcn.tenancy.models import Agency, TenantManager, TenantModel
from mcn.tenancy.rls import related_to_other_agency

LAYERS = {name.removeprefix("mcn."): rank for rank, name in enumerate(settings.MCN_APPS)}
OURS = [model for model in apps.get_models() if model._meta.app_label in LAYERS]
GLOBAL = {"tenancy.Agency": "the agencies themselves", "accounts.User": "one person may belong to several agencies"}


def relations() -> list[models.Field]:
    return [
        field
        for model in OURS
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
    ]


@pytest.mark.parametrize("field", relations(), ids=str)
def test_relations_point_down(field: models.Field) -> None:
    label = field.related_model._meta.app_label
    assert label not in LAYERS or LAYERS[label] <= LAYERS[field.model._meta.app_label]


@pytest.mark.parametrize("field", relations(), ids=str)
def test_relations_between_agency_tables_carry_the_agency(field: models.Field) -> None:
    assert not related_to_other_agency(field)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_model_belongs_to_an_agency_or_says_why_not(model: type[models.Model]) -> None:
    assert issubclass(model, TenantModel) != (model._meta.label in GLOBAL)


@pytest.mark.parametrize("model", [m for m in OURS if issubclass(m, TenantModel)], ids=lambda m: m._meta.label)
def test_agency_models_read_through_the_scope(model: type[TenantModel]) -> None:
    assert isinstance(model._base_manager, TenantManager)
    assert isinstance(model._default_manager, TenantManager)


@pytest.mark.parametrize(
    "index",
    [(m, index) for m in OURS if issubclass(m, TenantModel) for index in m._meta.indexes],
    ids=lambda pair: pair[1].name,
)
def test_indexes_lead_with_the_agency(index: tuple[type[models.Model], models.Index]) -> None:
    assert index[1].fields[0] == "agency"


@pytest.mark.parametrize("field", [field for model in OURS for field in model._meta.concrete_fields], ids=str)
def test_money_and_rates_are_exact(field: models.Field) -> None:
    assert not isinstance(field, models.FloatField)
    if field.name.endswith("_fen"):
        assert isinstance(field, models.BigIntegerField | models.DecimalField)
    if field.name.endswith("_rate") and isinstance(field, models.DecimalField):
        assert (field.max_digits, field.decimal_places) == (7, 6)


def test_the_agency_itself_is_guarded() -> None:
    assert not issubclass(Agency, TenantModel)
    assert set(GLOBAL) == {model._meta.label for model in OURS if not issubclass(model, TenantModel)}
