"""Where the cells of a grid run: a file for each place. Those that need an extra are imported by who asks for them."""

from dsrna.comparison.places.local import Local
from dsrna.comparison.places.place import Cells, Ended, Place

__all__ = ["Cells", "Ended", "Local", "Place"]
