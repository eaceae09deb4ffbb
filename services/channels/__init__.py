"""The channels port: ways to hand an alert to somebody. Console, webhook; e-mail and chat may join."""
