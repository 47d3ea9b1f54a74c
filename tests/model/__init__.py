import pytest

# What the machine asserts shall be shown as what tests assert is.
pytest.register_assert_rewrite(f"{__name__}.acting", f"{__name__}.machine", f"{__name__}.rules_of_releases")
