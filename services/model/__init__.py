"""What travels between the stages: frozen records and their codec. Pure: no I/O, no clock, no environment."""
