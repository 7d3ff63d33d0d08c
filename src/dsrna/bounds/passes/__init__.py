"""Over a tape: forward with intervals and relaxations, backward with linear functionals, in parts that fit memory."""
