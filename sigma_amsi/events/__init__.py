"""Events: from files to the fields that rules name, and to the rows that a SIEM makes of them."""

from sigma_amsi.events.model import Event, EventError
from sigma_amsi.events.read import read_events
from sigma_amsi.predicate.evaluate import Cell

__all__ = ["Cell", "Event", "EventError", "read_events"]
