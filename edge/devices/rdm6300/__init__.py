"""125 kHz readers of the RDM6300 kind, which send EM4100 tags on a serial line."""

from edge.devices.family import ReaderFamily
from edge.devices.rdm6300.driver import rdm6300_readers

FAMILY = ReaderFamily("rdm6300", rdm6300_readers)
