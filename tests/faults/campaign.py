"""Calls over networks that break in every way at any moment, and what their callers were told."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import anyio
import httpx2

from space_tools import AsyncClient
from space_tools.credentials import Credentials
from space_tools.egress.http import Http, Profile
from space_tools.errors import CallCancelled, SpaceToolsError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.sessions import SessionPool
from space_tools.tools.toolset import Toolset
from tests.fault_proxy import FaultProxy
from tests.gradio.calling import call, connected

KINDS = ("queued", "generator", "failing", "plain", "direct", "direct_failing")
"""Endpoints of the app that counts."""

LONGEST = 0.15
"""Seconds that a function may take, and within which a fault comes."""

ENDS_WITHIN = 60.0
"""Seconds after which a call that has not ended counts as hung: nothing here takes a tenth."""

Caller = Callable[[str, str, float], Awaitable[str]]
"""Calls an endpoint with an id and seconds to take; its output."""


# Faults


async def latency(proxy: FaultProxy, dice: random.Random) -> None:
    proxy.latency = dice.uniform(0.005, 0.05)


async def bandwidth(proxy: FaultProxy, dice: random.Random) -> None:
    proxy.bandwidth = dice.uniform(3_000, 50_000)


async def slices(proxy: FaultProxy, dice: random.Random) -> None:
    proxy.slice_bytes = dice.randint(1, 60)


async def cut(proxy: FaultProxy, dice: random.Random) -> None:
    proxy.cut_after = dice.randint(0, 1_500)


async def cut_on_the_way_there(proxy: FaultProxy, dice: random.Random) -> None:
    proxy.cut_sent_after = dice.randint(0, 900)


async def reset_later(proxy: FaultProxy, dice: random.Random) -> None:
    proxy.reset_after = dice.randint(0, 1_500)


async def reset(proxy: FaultProxy, dice: random.Random) -> None:
    proxy.reset()


async def slow_close(proxy: FaultProxy, dice: random.Random) -> None:
    proxy.slow_close = dice.uniform(0.05, 0.5)


async def silence(proxy: FaultProxy, dice: random.Random) -> None:
    proxy.silent = True
    await anyio.sleep(dice.choice((0.05, 0.2, 1.2)))
    proxy.silent = False


async def refusal(proxy: FaultProxy, dice: random.Random) -> None:
    await proxy.refuse()
    proxy.reset()
    await anyio.sleep(dice.choice((0.1, 0.5, 3.0)))  # shorter and longer than a call is patient
    await proxy.accept()


Fault = Callable[[FaultProxy, random.Random], Awaitable[None]]

FAULTS: tuple[Fault, ...] = (
    latency,
    bandwidth,
    slices,
    cut,
    cut_on_the_way_there,
    reset_later,
    reset,
    slow_close,
    silence,
    refusal,
)


# Ways to call


@asynccontextmanager
async def by_app(url: str, name: str) -> AsyncIterator[Caller]:
    """In Gradio's protocol, by a caller who waits a second for a sign of life."""
    async with connected(url) as described, Http(Profile(read_timeout=1.0)) as http:
        app, pool = GradioApp(http, described.address, described.info), SessionPool()

        async def run(endpoint: str, id: str, seconds: float) -> str:
            return str((await call(app, endpoint, id, seconds, sessions=pool))[0])

        yield run


@asynccontextmanager
async def by_tools(url: str, name: str) -> AsyncIterator[Caller]:
    """As tools, by somebody of that name."""
    caller = Credentials(principal=name)
    async with Toolset([f"count={url}"]) as tools:

        async def run(endpoint: str, id: str, seconds: float) -> str:
            given = {"id": id, "seconds": seconds}
            return str((await tools.call(f"count_{endpoint}", given, credentials=caller))["Out"])

        yield run


@asynccontextmanager
async def by_client(url: str, name: str) -> AsyncIterator[Caller]:
    """From Python."""
    async with AsyncClient(url, verbose=False, analytics_enabled=False) as client:

        async def run(endpoint: str, id: str, seconds: float) -> str:
            return str(await client.predict(id, seconds, api_name=f"/{endpoint}"))

        yield run


Way = Callable[[str, str], AbstractAsyncContextManager[Caller]]

WAYS = (by_app, by_tools, by_tools, by_client)


# The campaign


@dataclass(frozen=True, slots=True)
class Told:
    """One call, the fault that it met, and how it ended for its caller.

    `outcome` is that of the errors, `cancelled` if the caller cancelled it, or the words of an
    error that has no outcome.
    """

    id: str
    kind: str
    way: str
    fault: str
    outcome: str


@dataclass(slots=True)
class Campaign:
    """`calls` calls of the app on that port, `lanes` at once and more; the same dice each time."""

    port: int
    seed: int
    calls: int
    lanes: int = 12
    told: list[Told] = field(default_factory=list)

    async def run(self) -> None:
        async with anyio.create_task_group() as task_group:
            for number in range(self.lanes):
                task_group.start_soon(self._lane, number)

    @property
    def faulted(self) -> int:
        """Calls that met a fault, or were cancelled, in the middle or at the start."""
        return sum(bool(told.fault) for told in self.told)

    async def _lane(self, number: int) -> None:
        dice = random.Random(f"{self.seed} {number}")
        way = WAYS[number % len(WAYS)]
        async with AsyncExitStack() as stack:
            proxy = await stack.enter_async_context(FaultProxy(self.port))
            url = f"http://127.0.0.1:{proxy.port}"
            caller = await stack.enter_async_context(way(url, f"lane{number}"))
            turn = 0
            while self.faulted < self.calls:
                turn += 1
                await self._turn(f"{number}-{turn}", way.__name__, caller, proxy, dice)

    async def _turn(
        self, name: str, way: str, caller: Caller, proxy: FaultProxy, dice: random.Random
    ) -> None:
        """A few calls at once, and one fault, after which the network is well again."""
        fault = dice.choice(FAULTS) if dice.random() < 0.9 else None
        with anyio.fail_after(ENDS_WITHIN):
            async with anyio.create_task_group() as task_group:
                for number in range(dice.choice((1, 1, 2, 3))):
                    run = self._call(f"{name}-{number}", way, caller, fault, dice)
                    task_group.start_soon(run)
                if fault is not None:
                    await anyio.sleep(dice.choice((0, dice.uniform(0, LONGEST))))
                    await fault(proxy, dice)
        proxy.heal()

    def _call(
        self, id: str, way: str, caller: Caller, fault: Fault | None, dice: random.Random
    ) -> Callable[[], Awaitable[None]]:
        kind, seconds = dice.choice(KINDS), dice.uniform(0, LONGEST)
        patience = dice.uniform(0, LONGEST) if dice.random() < 0.15 else ENDS_WITHIN
        names = [fault.__name__] if fault else []
        names += ["cancellation"] if patience < ENDS_WITHIN else []

        async def run() -> None:
            outcome = await _outcome_of(caller, kind, id, seconds, patience)
            self.told.append(Told(id, kind, way, " and ".join(names), outcome))

        return run


async def _outcome_of(caller: Caller, kind: str, id: str, seconds: float, patience: float) -> str:
    with anyio.move_on_after(patience):
        try:
            output = await caller(kind, id, seconds)
        except SpaceToolsError as error:
            return "cancelled" if isinstance(error, CallCancelled) else error.outcome
        except Exception as error:  # noqa: BLE001  whatever it is, it is none of ours
            return f"{error!r}, of which nobody knows what it means"
        return "done" if output == f"{id} done" else f"another's output: {output}"
    return "cancelled"


# The judgement


Counts = Mapping[str, list[int]]
"""Id → how often a call was begun, finished, failed, and was cancelled in the app."""

ALLOWED: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "done": ((1, 1, 0, 0),),
    "failed": ((1, 0, 1, 0),),
    "not_started": ((0, 0, 0, 0),),
    "unknown": ((0, 0, 0, 0), (1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1)),
    "cancelled": ((0, 0, 0, 0), (1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1)),
}
"""What an outcome may stand for in the app."""


async def settled_counts(url: str) -> Counts:
    """What the app has counted, once it is done with everything that it was asked."""
    async with by_app(url, "") as run, httpx2.AsyncClient(timeout=30) as web:
        for kind in ("queued", "generator", "plain"):  # what waited before these has begun
            await run(kind, f"last {kind}", 0)
        with anyio.fail_after(30):
            while True:
                counts: Counts = (await web.get(f"{url}/counted")).json()
                if all(begun == sum(ended) for begun, *ended in counts.values()):
                    return counts
                await anyio.sleep(0.05)


def duplicates(counts: Counts) -> list[str]:
    """Calls that ran more than once."""
    return [id for id, (begun, *_) in counts.items() if begun > 1]


def misclassified(told: list[Told], counts: Counts) -> list[tuple[Told, list[int]]]:
    """Calls whose callers were told what is not so, with what the app counted."""
    found = [(call, counts.get(call.id, [0, 0, 0, 0])) for call in told]
    return [
        (call, counted)
        for call, counted in found
        if tuple(counted) not in ALLOWED.get(call.outcome, ())
    ]
