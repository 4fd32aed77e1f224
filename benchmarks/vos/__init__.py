"""Video object segmentation: region and boundary marks (J, F, J&F) of trackers on sequences with known masks."""
