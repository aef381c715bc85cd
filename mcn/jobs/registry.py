"""Every kind of long work and where its body is. One dictionary, to be read and searched."""

from django.utils.translation import gettext_lazy as _

KINDS: dict[str, tuple[str, object]] = {
    "import": ("mcn.settlements.tasks.import_sales", _("Import of sales data")),
    "calculate": ("mcn.settlements.tasks.calculate", _("Calculation of a month")),
    "close": ("mcn.settlements.tasks.close", _("Closing of a month")),
    "verify": ("mcn.settlements.tasks.verify", _("Verification of closed months")),
    "export": ("mcn.settlements.tasks.export", _("Export")),
}
