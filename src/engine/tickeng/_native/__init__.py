"""What is compiled, and the choice between its builds; private to the package."""
