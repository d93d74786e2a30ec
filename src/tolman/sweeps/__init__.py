"""Parameters as axes: the cells of a grid, and how results depend on them."""
