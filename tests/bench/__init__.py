"""The benchmarks: what is measured, against what, and the page that the figures go to."""
