"""The adapter of the page `docs/write-an-adapter.md`, taken out of it."""

import re
import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

PAGE = Path(__file__).parents[3] / "docs" / "write-an-adapter.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NAME = "learncomm_irc"


def program() -> str:
    """Return the blocks, each below the one before."""
    return "\n".join(_BLOCK.findall(PAGE.read_text("utf-8")))


@cache
def adapter() -> ModuleType:
    """Return the module that the blocks make."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{_NAME}.py"
        path.write_text(program(), "utf-8")
        spec = spec_from_file_location(_NAME, path)
        assert spec is not None
        assert spec.loader is not None
        made = sys.modules[_NAME] = module_from_spec(spec)
        spec.loader.exec_module(made)
    return made
