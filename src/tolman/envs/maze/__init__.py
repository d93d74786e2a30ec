"""The environment of the world `mazes`: layouts, dynamics, views, the expert, and what is made of its episodes."""
