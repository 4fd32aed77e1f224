"""3D memory: speed, accuracy, change, growth, queries and budget of the octree beside other maps."""
