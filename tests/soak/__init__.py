"""`make soak`: the whole pipeline in compressed time, with faults on, and whether anything of it grows."""
