"""What somebody is called whom HR has not named yet."""

from __future__ import annotations

from flask_babel import gettext as _

from edge.store.views import JournalViews
from sync.wire.facts import BadgeBound
from sync.wire.reference_data import Directory


def display_name(directory: Directory, views: JournalViews, person: str) -> str:
    """A person's name; of a newcomer whom HR has not mapped, that he is one, with the last four of his badge.

    In the language of the page being made. Empty for a key that neither HR nor this box knows.
    """
    known = directory.person(person)
    if known is not None:
        return known.name
    bound = views.latest_of_person(BadgeBound.__name__, person)
    return _("New colleague %(badge)s", badge=str(bound.body["badge"])[-4:]) if bound else ""
