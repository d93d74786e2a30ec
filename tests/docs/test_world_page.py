"""The example in docs/howto/world.md runs and is sound."""

from code_blocks import blocks


def test_the_example_is_sound():
    [example] = blocks("docs/howto/world.md", "python")
    names = {}
    exec(example, names)
    assert [test.name for test in names["instance"].tests] == ["stated", "latent"]
