"""The kiosk: a screen for workers at each station, and pages for supervisors."""

from kiosk_ui.app import ForSupervisors, create_app, live_of, run
from kiosk_ui.ports import Contact, CoreSilent, KioskPorts, Notices

__all__ = ["Contact", "CoreSilent", "ForSupervisors", "KioskPorts", "Notices", "create_app", "live_of", "run"]
