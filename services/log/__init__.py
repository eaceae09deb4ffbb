"""The log port: durable, partitioned, replayable records between the stages."""
