"""Events: from files to the fields that rules name, and to the rows that a SIEM makes of them."""

from sigma_amsi.events.model import Cell, Event, EventError
from sigma_amsi.events.read import read_events

__all__ = ["Cell", "Event", "EventError", "read_events"]
