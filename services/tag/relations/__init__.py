"""Relations: who does what kind of thing to or with whom, read sentence by sentence from cues and actors."""
