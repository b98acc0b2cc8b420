"""One thread for every test: equal parameters give equal frames for a fixed number of threads only."""

import pytest
import torch

from demos.kit import raster
from demos.kit.errors import DemoError


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def fonts() -> None:
    """Skips where this machine has no font for both languages; what is said then has a test of its own."""
    try:
        for language in ("zh", "en"):
            raster.family(language)
    except DemoError as error:
        pytest.skip(str(error))


@pytest.fixture
def rng() -> torch.Generator:
    return torch.Generator().manual_seed(20261120)
