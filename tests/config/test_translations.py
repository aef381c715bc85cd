"""The catalogue: what is collected, what is kept, what the check refuses."""

import gettext
from pathlib import Path

import polib
import pytest

from config import translations
from config.translations import Message


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "mcn" / "migrations").mkdir(parents=True)
    (tmp_path / "config").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "mcn" / "desk.py").write_text('label = _("Desk %(name)s")\n', "utf-8")
    (tmp_path / "mcn" / "migrations" / "0001.py").write_text('label = _("frozen")\n', "utf-8")
    (tmp_path / "templates" / "desk.html").write_text('{% translate "Save" %}', "utf-8")
    return tmp_path


def catalogue(project: Path, **chinese: str) -> Path:
    path = project / translations.CATALOGUE
    po = polib.pofile(str(path), wrapwidth=0)
    for entry in po:
        entry.msgstr = chinese.get(entry.msgid.split()[0], entry.msgstr)
    po.save()
    return path


def test_python_calls() -> None:
    source = """
from django.utils.translation import gettext as _, ngettext, pgettext
a = _("One") + _("Two "
                 "halves")
b = ngettext("%(n)d line", "%(n)d lines", n)
c = pgettext("month", "May")
d = other("not this")
"""
    assert translations.messages_of_python(source) == {
        Message("One"),
        Message("Two halves"),
        Message("%(n)d line", "", "%(n)d lines"),
        Message("May", "month"),
    }


def test_template_tags() -> None:
    source = """
    <a title="{% translate 'It’s here' %}">{% trans "Old" context "age" %}</a>
      {% blocktranslate trimmed with name=member.name %}
        Hello {{ name }},
        100% yours
      {% endblocktranslate %}
    {% blocktranslate count n=lines %}{{ n }} line{% plural %}{{ n }} lines{% endblocktranslate %}
    {% include "x.html" with label=_("Passed on") %} {{ value|default:_("Nothing") }}
    don't (( [ '
    """
    assert translations.messages_of_template(source) == {
        Message("It’s here"),
        Message("Old", "age"),
        Message("Hello %(name)s, 100%% yours"),
        Message("%(n)s line", "", "%(n)s lines"),
        Message("Passed on"),
        Message("Nothing"),
    }


def test_update_adds_keeps_and_drops(project: Path) -> None:
    assert translations.update(project) == ["Desk %(name)s", "Save"]
    path = catalogue(project, Save="保存")
    assert translations.update(project) == ["Desk %(name)s"]
    (project / "mcn" / "desk.py").write_text("", "utf-8")
    assert translations.update(project) == []
    text = path.read_text("utf-8")
    assert 'msgstr "保存"' in text
    assert "Desk" not in text
    assert "frozen" not in text
    assert "#:" not in text


def test_update_settles_entries_doubled_by_a_merge(project: Path) -> None:
    translations.update(project)
    path = catalogue(project, Save="保存")
    path.write_text(path.read_text("utf-8") + 'msgstr "存"\n\nmsgid "Save"\nmsgstr ""\n', "utf-8")
    translations.update(project)
    assert path.read_text("utf-8").count('msgid "Save"') == 1
    assert 'msgstr "保存"' in path.read_text("utf-8")


def test_check_names_every_fault(project: Path) -> None:
    assert translations.check(project) == ["missing: 'Desk %(name)s'", "missing: 'Save'"]
    translations.update(project)
    assert translations.check(project) == ["not translated: 'Desk %(name)s'", "not translated: 'Save'"]
    path = catalogue(project, Save="保存", Desk="工位 %(nam)s")
    assert translations.check(project) == ["other placeholders than the English: 'Desk %(name)s'"]
    catalogue(project, Desk="%(name)s 的工位")
    assert translations.check(project) == []
    path.write_text(path.read_text("utf-8").replace('msgid "Save"', '#, fuzzy\nmsgid "Save"'), "utf-8")
    assert translations.check(project) == ["fuzzy: 'Save'"]
    (project / "templates" / "desk.html").write_text("", "utf-8")
    assert translations.check(project) == ["no longer in the source: 'Save'"]


def test_compiled_catalogue_is_what_gettext_reads(project: Path) -> None:
    (project / "mcn" / "desk.py").write_text('x = ngettext("%(n)d line", "%(n)d lines", 2)\n', "utf-8")
    translations.update(project)
    path = project / translations.CATALOGUE
    po = polib.pofile(str(path), wrapwidth=0)
    for entry in po:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: "%(n)d 行"}
    po.save()
    with translations.compile_catalogue(project).open("rb") as file:
        chinese = gettext.GNUTranslations(file)
    assert chinese.ngettext("%(n)d line", "%(n)d lines", 1) == "%(n)d 行"
    assert chinese.ngettext("%(n)d line", "%(n)d lines", 5) == "%(n)d 行"
    assert chinese.gettext("Save") == "Save"


def test_the_product_is_translated_completely() -> None:
    assert translations.check() == []
