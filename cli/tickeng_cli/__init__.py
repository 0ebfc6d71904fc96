"""The tickeng command."""
