"""A reader's own `docker history`, understood: its rows, what each means, and a Dockerfile put together from them.

`read` takes text and gives a value; it never raises. What the rows mean is in `meaning`, the Dockerfile in
`reconstruct`.
"""

from layerlab.reading.meaning import Meaning, meanings
from layerlab.reading.model import Entry, Reading, ReadingError
from layerlab.reading.reader import read
from layerlab.reading.reconstruct import Reconstruction, reconstruct
from layerlab.reading.shares import Shares, shares

__all__ = [
    "Entry",
    "Meaning",
    "Reading",
    "ReadingError",
    "Reconstruction",
    "Shares",
    "meanings",
    "read",
    "reconstruct",
    "shares",
]
