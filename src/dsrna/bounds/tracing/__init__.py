"""From a module to a tape: the model runs once, and what it did to its input is written down and made shorter."""
