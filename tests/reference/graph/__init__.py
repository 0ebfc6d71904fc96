"""The second mind of what a graph does besides running kernels. Nothing here imports the engine."""
