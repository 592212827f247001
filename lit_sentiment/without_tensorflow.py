"""Import this before anything of TensorBoard, and TensorBoard does not import TensorFlow, even where it is installed."""

import sys
from types import ModuleType

# TensorBoard looks for this module of its own build; where it is found, a small stand-in serves in TensorFlow's place.
sys.modules.setdefault("tensorboard.compat.notf", ModuleType("tensorboard.compat.notf"))
