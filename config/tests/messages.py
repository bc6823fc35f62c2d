"""`python -m config.tests.messages [--write]`: whether every text has its Korean, and is compiled; or sees to it.

Texts stand in English in the code; `locale/ko/LC_MESSAGES/django.po` has the Korean.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
PO = ROOT / "locale/ko/LC_MESSAGES/django.po"
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2)}


def texts_in_code() -> set[str]:
    """Every text that is marked for translation, tests excepted."""
    found: set[str] = set()
    for app in ("accounts", "chat", "config"):
        for path, _, message, _, _ in extract_from_dir(ROOT / app, [("**.py", "python")], keywords=KEYWORDS):
            if "tests/" not in path and "migrations/" not in path:
                found.add(message if isinstance(message, str) else message[0])
        for template in (ROOT / app).rglob("templates/**/*.html"):
            source = templatize(template.read_text(encoding="utf-8")).encode()
            found |= {str(message) for _, message, _, _ in extract("python", io.BytesIO(source), KEYWORDS)}
    return found


def read() -> Catalog:
    with PO.open(encoding="utf-8") as file:
        return read_po(file, locale="ko")


def compiled(catalog: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def write(catalog: Catalog) -> None:
    """Adds what is new, drops what is gone, compiles."""
    wanted = texts_in_code()
    for message in list(catalog):
        if message.id and message.id not in wanted:
            catalog.delete(message.id)
    for text in wanted - {message.id for message in catalog}:
        catalog.add(text)
    with PO.open("wb") as file:
        write_po(file, catalog, sort_output=True, omit_header=False, width=0)
    PO.with_suffix(".mo").write_bytes(compiled(catalog))


def faults(catalog: Catalog) -> list[str]:
    """What is missing, in words; empty when all is well."""
    translated = {str(message.id) for message in catalog if message.id and message.string}
    found = [f"no Korean: {text}" for text in sorted(texts_in_code() - translated)]
    found += [f"no longer used: {text}" for text in sorted(translated - texts_in_code())]
    if PO.with_suffix(".mo").read_bytes() != compiled(catalog):
        found.append("django.mo is older than django.po: make messages")
    return found


if __name__ == "__main__":
    if "--write" in sys.argv:
        write(read())
    if problems := faults(read()):
        sys.exit("\n".join(problems))
