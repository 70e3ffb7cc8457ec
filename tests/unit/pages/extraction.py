"""The texts a room shows, extracted from its code and templates, and which of them a catalogue lacks."""

from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "text": None}


def shown_texts(room: Path) -> set[str]:
    found = extract_from_dir(room, METHODS, keywords=KEYWORDS, options_map={"**.html": {"silent": "false"}})
    return {message if isinstance(message, str) else message[0] for _file, _line, message, _comments, _context in found}


def untranslated(room: Path, language: str) -> list[str]:
    """Texts without a translation, and `(unused)` for catalogue entries that nothing shows."""
    with (room / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    known = {
        message.id if isinstance(message.id, str) else message.id[0]: message for message in catalogue if message.id
    }
    texts = shown_texts(room)
    lacking = [each for each in texts if each not in known or not known[each].string or known[each].fuzzy]
    return sorted(lacking) + sorted(f"{each} (unused)" for each in known if each not in texts)
