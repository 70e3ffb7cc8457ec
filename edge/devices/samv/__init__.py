"""Readers of second-generation identity cards that speak SAM_V on a serial line."""

from edge.devices.family import IdCardFamily
from edge.devices.samv.driver import samv_readers

FAMILY = IdCardFamily("samv", samv_readers)
