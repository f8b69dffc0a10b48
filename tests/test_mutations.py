"""Each safeguard matters: a test fails once it is gone (T12). Two of the list here, all of it in `make soak`."""

import pytest
from mutations import MUTATIONS, ROOT, Mutation, survives
from soaking import SOAKING

#: Those whose tests take a few seconds.
_QUICK = ("a repeat takes the place of the first", "two processes may write")


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_every_safeguard_stands_where_the_list_says(mutation: Mutation):
    assert mutation.applied((ROOT / mutation.file).read_text())
    assert (ROOT / "tests" / mutation.test).exists()


@pytest.mark.parametrize("mutation", [one for one in MUTATIONS if SOAKING or one.what in _QUICK], ids=lambda mutation: mutation.what)
def test_somebody_misses_it(mutation: Mutation, tmp_path):
    assert not survives(mutation, tmp_path)
