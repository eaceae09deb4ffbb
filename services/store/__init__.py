"""The store port: what the service remembers besides the log. Feeds, subscriptions, alerts, deliveries, operations."""
