from pathlib import Path

import pytest

# What the machine asserts shall be shown as what tests assert is.
pytest.register_assert_rewrite(*(f"{__name__}.{path.stem}" for path in Path(__file__).parent.glob("*.py")))
