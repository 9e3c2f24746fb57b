"""What is made of catalogues of tools, each made once."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from space_tools.tools.offered import Offered

Of = TypeVar("Of", bound=Mapping[str, Offered])
Made = TypeVar("Made")


class Derived(Generic[Of, Made]):
    """What `make` makes of a catalogue, kept for the `most` that were asked for last.

    A catalogue is never changed: another one is another object.
    """

    def __init__(self, make: Callable[[Of], Made], most: int) -> None:
        self._make = make
        self._most = most
        self._kept: OrderedDict[int, tuple[Of, Made]] = OrderedDict()

    def of(self, catalogue: Of) -> Made:
        """That of this catalogue: the same object each time, while it is kept."""
        kept = self._kept.pop(id(catalogue), None)
        if kept is None or kept[0] is not catalogue:
            kept = catalogue, self._make(catalogue)
        self._kept[id(catalogue)] = kept
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return kept[1]
