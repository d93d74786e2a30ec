"""Components are found by file name from any thread."""

from concurrent.futures import ThreadPoolExecutor

from tolman.core import registry


def test_components_are_found_in_several_threads_at_once():
    expected = registry.find("measures")
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(lambda _: registry.find("measures"), range(64)))
