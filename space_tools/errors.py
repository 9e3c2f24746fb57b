"""Every error a user of space-tools can meet, in one tree.

    SpaceToolsError
    ├── InternalError                 space-tools itself has a fault, which is its cause
    ├── ConfigurationError            flags, names or files that do not fit together
    ├── ConnectError                  no connection; nothing was sent
    ├── TransferError                 a connection broke off, or fell silent, midway
    ├── NotAGradioApp                 something answered, but it is no Gradio app
    ├── ProtocolError                 a Gradio app answered with what its protocol does not allow
    ├── AuthenticationError           a login or token is wanted, or was refused
    ├── InvalidAPIEndpointError       the app has no such endpoint
    ├── DefinitionChanged             a tool is not what it was when it was first seen
    ├── ValidationError               arguments that do not fit the endpoint
    ├── HubError                      the Hub refused, or answered what it should not
    │   ├── HubUnavailable            it cannot be reached, or takes no requests now
    │   └── SpaceNotFound             it has no such Space, or shows it to others only
    ├── SpaceUnavailable              the Space serves no app now; `stage` says why
    │   ├── SpaceStarting             it is coming up, but was not there by the deadline
    │   ├── SpacePaused               its owner stopped it, and can start it again
    │   └── SpaceBroken               it does not come up until its owner mends it
    └── CallError                     a call that did not end well; `outcome` says how
        ├── AppError                  the app's own function failed                  (failed)
        │   └── QuotaExceeded         ZeroGPU gave the app no GPU for this call      (failed)
        ├── AppUnreachable            the app could not be connected to              (not_started)
        ├── QueueError                the app's queue took no more calls             (not_started)
        │   └── TooManyRequestsError  the app, or a proxy before it, answered 429    (not_started)
        ├── TooManyCalls              as many run here already as may             (not_started)
        ├── CallCancelled             cancelled, here or there                       (unknown)
        ├── CallTimeout               no answer within the deadline                  (unknown)
        └── ConnectionLost            the app went away while the call was running   (unknown)

Those that say what cannot be, as it was asked, are `ValueError`s too, for code that was written for
`gradio_client`: of a source, a login, an endpoint, arguments, and what an app's function raised.

A message is one sentence: what happened, to which app, what to do. Text that came from an app
is kept apart (`AppError.message`) until `schema.text` has cleaned it for its reader.
"""

from typing import Literal, Self

Outcome = Literal["done", "failed", "not_started", "unknown"]


class SpaceToolsError(Exception):
    """The root of the tree; catching it catches everything space-tools raises on purpose.

    `outcome` says what is known of the call that it ended: what is no `CallError` ended it
    before it started.
    """

    outcome: Outcome = "not_started"

    def bare(self) -> Self:
        """The error alone: to be kept without all that was at hand where it was raised."""
        self.__traceback__ = self.__context__ = self.__cause__ = None
        return self


class InternalError(SpaceToolsError):
    """A fault of space-tools itself: an error that nobody has thought of, which is its cause."""

    @classmethod
    def of(cls, cause: Exception) -> Self:
        """Only the kind of the cause is told: its words may hold a secret."""
        where = "SPACE_TOOLS_LOG_LEVEL=debug shows where"
        error = cls(f"space-tools has a fault: {type(cause).__name__} ({where})")
        error.__cause__ = cause
        return error


class ConfigurationError(SpaceToolsError, ValueError):
    """Flags, configuration or tool names that do not fit together."""


class ConnectError(SpaceToolsError):
    """No connection to the app could be made; nothing was sent."""


class TransferError(SpaceToolsError):
    """A connection broke off, or fell silent, midway; the request may have been acted on."""


class NotAGradioApp(SpaceToolsError, ValueError):
    """The address answered, but not as a Gradio app does."""


class ProtocolError(SpaceToolsError):
    """The app answered with something its protocol does not allow."""


class AuthenticationError(SpaceToolsError, ValueError):
    """The app wants a login, or refused it; or the Hub wants a token, or refused it."""


class InvalidAPIEndpointError(SpaceToolsError, ValueError):
    """The app has no endpoint of that name."""


class DefinitionChanged(SpaceToolsError):
    """A pinned tool is not what it was when it was first seen, and nobody has accepted that."""


class ValidationError(SpaceToolsError, ValueError):
    """Arguments that do not fit; `problems` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class HubError(SpaceToolsError):
    """The Hub refused what it was asked for, or answered with what it should not."""


class HubUnavailable(HubError):
    """The Hub cannot be reached, or takes no requests now; the same may work later.

    `retry_after` is in seconds, if the Hub told.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SpaceNotFound(HubError, ValueError):
    """The Hub has no such Space, or it is private and the token, if any, may not see it."""


class SpaceUnavailable(SpaceToolsError, ValueError):
    """The Space serves no app now. `stage` is the Hub's word for why (`PAUSED`), if it has one."""

    def __init__(self, message: str, *, stage: str | None = None) -> None:
        super().__init__(message)
        self.stage = stage


class SpaceStarting(SpaceUnavailable):
    """The Space is being built, started or woken, and was not there by the deadline."""


class SpacePaused(SpaceUnavailable):
    """The owner stopped the Space; no request wakes it, only its owner does."""


class SpaceBroken(SpaceUnavailable):
    """The Space does not come up until its owner mends it."""


class CallError(SpaceToolsError):
    """A call that did not end well. `outcome` tells whether the app's function ran."""

    outcome: Outcome = "unknown"

    def __init__(self, message: str, *, outcome: Outcome | None = None) -> None:
        super().__init__(message)
        if outcome is not None:
            self.outcome = outcome


UNTOLD = (
    "the app failed and keeps the reason to itself; its owner can have it told with "
    "`launch(show_error=True)`"
)
"""What an app's failure is told as, when the app tells nothing of it."""


class AppError(CallError, ValueError):
    """The app's function raised. `message` and `title` are the app's own words, uncleaned.

    `message` is empty when the app keeps the reason to itself (`show_error=False`), and `str()` a
    sentence that says so.
    `duration` (seconds) and `visible` are how a browser would have shown it.
    """

    outcome: Outcome = "failed"

    def __init__(
        self,
        message: str,
        *,
        title: str = "Error",
        duration: float | None = 10,
        visible: bool = True,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.title = title
        self.duration = duration
        self.visible = visible

    def __str__(self) -> str:
        return self.message or UNTOLD


class QuotaExceeded(AppError):
    """ZeroGPU gave the app no GPU for this call; `message` is our sentence, which says what to do.

    `asked` and `left` are seconds of GPU time, where known; `said` are the app's own words.
    """

    def __init__(self, message: str, *, asked: float | None, left: float | None, said: str) -> None:
        super().__init__(message)
        self.asked = asked
        self.left = left
        self.said = said


class AppUnreachable(CallError):
    """The app could not be connected to; the call never started and may be sent again."""

    outcome: Outcome = "not_started"


class QueueError(CallError):
    """The app's queue is full; the call never started and may be sent again."""

    outcome: Outcome = "not_started"


class TooManyRequestsError(QueueError):
    """The app, or a proxy before it, asked for fewer calls; `retry_after` is in seconds if told."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyCalls(CallError):
    """As many calls run here as may, or no more are taken; the call never started."""

    outcome: Outcome = "not_started"


class CallCancelled(CallError):
    """The call was cancelled; a plain function that was already running may still have finished."""


class CallTimeout(CallError):
    """No answer within the deadline; the app was told to stop."""


class ConnectionLost(CallError):
    """The app went away while the call was running; whether it finished there is not known."""
