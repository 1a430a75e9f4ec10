"""From one run to a result: a plan of runs, carried out, and what its measures say."""
