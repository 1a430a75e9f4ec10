"""Models: what answers a query. The seam is `base.Model`; `registry.load` makes one from a spec."""
