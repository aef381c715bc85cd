"""Addresses of payouts and bank statements."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from mcn.console import navigation
from mcn.console.payouts import bank, batches

navigation.add("finance", navigation.Item(_("Payouts"), "console:payouts", "payouts.view", 10, "paying"))
navigation.add(
    "finance", navigation.Item(_("Bank statements"), "console:bank-statements", "payouts.view", 15, "paying")
)

urlpatterns = [
    path("payouts/", batches.Payouts.as_view(), name="payouts"),
    path("payouts/new/", batches.NewBatch.as_view(), name="payout-new"),
    path("payouts/<int:pk>/", batches.BatchPage.as_view(), name="payout-batch"),
    path("payouts/<int:pk>/approve/", batches.Approve.as_view(), name="payout-approve"),
    path("payouts/<int:pk>/drop/", batches.Drop.as_view(), name="payout-drop"),
    path("payouts/<int:pk>/export/", batches.Export.as_view(), name="payout-export"),
    path("payouts/<int:pk>/remove/", batches.Remove.as_view(), name="payout-remove"),
    path("payouts/<int:pk>/results/", batches.Results.as_view(), name="payout-results"),
    path("payouts/<int:pk>/file/", batches.File.as_view(), name="payout-file"),
    path("bank-statements/", bank.Statements.as_view(), name="bank-statements"),
    path("bank-statements/confirm/", bank.Confirm.as_view(), name="bank-confirm"),
]
