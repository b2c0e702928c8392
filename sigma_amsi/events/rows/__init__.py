"""Row shapes: what a SIEM's ingestion makes of a Windows event, stated from the vendor's side and apart from the pipelines.

`load_shape(pipeline)` reads the shape that belongs to a pipeline, `Shape.row(event)` makes the row. A pipeline's terms, read on the row, have to give back
the event's fields.
"""

from sigma_amsi.events.rows.read import load_shape
from sigma_amsi.events.rows.shape import NotCollected, Row, Shape

__all__ = ["NotCollected", "Row", "Shape", "load_shape"]
