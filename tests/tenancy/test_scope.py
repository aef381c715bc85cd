"""The scope says whose rows there are; without one there are none."""

import pytest
from django.db import connection, transaction

from mcn.anchors.models import Anchor, Payee
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import ScopeError, agency_scope, current_agency_id, operator_scope, user_scope
from tests.agencies import World


def seen_by_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('mcn.agency_id', true)")
        return cursor.fetchone()[0] or ""


def test_no_scope_no_query(xinghe: World) -> None:
    with pytest.raises(ScopeError):
        Anchor.objects.all()
    with pytest.raises(ScopeError):
        Payee(code="X", name="X", kind="labour", legal_name="X").save()


def test_each_agency_sees_its_own(xinghe: World, beichen: World) -> None:
    for people in (xinghe, beichen):
        with agency_scope(people.id), transaction.atomic():
            assert Anchor.objects.get().agency_id == people.id
            assert Agency.objects.get() == people.agency


def test_scope_ends_with_its_block(xinghe: World, beichen: World) -> None:
    with transaction.atomic():
        with agency_scope(xinghe.id):
            assert seen_by_database() == str(xinghe.id)
            with agency_scope(beichen.id):
                assert seen_by_database() == str(beichen.id)
            assert seen_by_database() == str(xinghe.id)
            assert current_agency_id() == xinghe.id
        assert seen_by_database() == ""


def test_scope_survives_a_rolled_back_savepoint(xinghe: World) -> None:
    with agency_scope(xinghe.id), transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            raise ZeroDivisionError
        assert seen_by_database() == str(xinghe.id)
        assert Anchor.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("connected", [True, False])
def test_a_query_in_a_scope_needs_a_transaction(xinghe: World, connected: bool) -> None:
    if not connected:
        connection.close()
    with agency_scope(xinghe.id), pytest.raises(ScopeError, match="needs a transaction"):
        Anchor.objects.count()


@pytest.mark.django_db(transaction=True)
def test_the_scope_ends_with_the_transaction(xinghe: World) -> None:
    with agency_scope(xinghe.id), transaction.atomic():
        assert seen_by_database() == str(xinghe.id)
    assert seen_by_database() == ""


def test_a_row_of_another_agency_cannot_be_saved(xinghe: World, beichen: World) -> None:
    with agency_scope(beichen.id), transaction.atomic():
        theirs = Anchor.objects.get()
    with agency_scope(xinghe.id), transaction.atomic(), pytest.raises(ScopeError):
        theirs.save()


def test_a_user_sees_the_agencies_they_belong_to(xinghe: World, beichen: World) -> None:
    with user_scope(xinghe.owner.pk), transaction.atomic():
        assert list(Agency.objects.values_list("slug", flat=True)) == ["xinghe"]


def test_the_operator_sees_the_list_of_agencies_but_not_their_data(xinghe: World, beichen: World) -> None:
    with operator_scope(), transaction.atomic():
        assert Agency.objects.count() == 2
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from anchors_anchor")
            assert cursor.fetchone() == (0,)
