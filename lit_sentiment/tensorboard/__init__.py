"""Everything that writes or reads TensorBoard's event files."""

import sys
from types import ModuleType

# TensorBoard looks for this module, and where it is found does not import TensorFlow, which takes seconds.
sys.modules.setdefault("tensorboard.compat.notf", ModuleType("tensorboard.compat.notf"))
