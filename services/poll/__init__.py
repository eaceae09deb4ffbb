"""The poll stage."""
