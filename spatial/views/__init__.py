"""Memory snapshots' choice: the few frames that together show what there is to see."""

from streammem.spatial.views.choice import Offer, View, Views
from streammem.spatial.views.config import ViewsConfig
from streammem.spatial.views.quality import shown_cells

__all__ = ["Offer", "View", "Views", "ViewsConfig", "shown_cells"]
