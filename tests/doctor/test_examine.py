"""Each thing that is wrong with a set-up is named, with what to do about it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from space_tools.config.spaces import SpaceSettings
from space_tools.doctor.examine import Setup, examine
from space_tools.doctor.findings import Finding, State
from space_tools.doctor.machine import examine_machine, judge_version
from space_tools.tools.selection import Selection
from space_tools.tools.sources import parse_sources
from tests.full_disk import full_disk
from tests.gradio_server import RunningApp, free_port
from tests.scripted_app import Script, minimal_app, scripted_app
from tests.stand_in_hub import TOKEN, StandInHub

MACHINE = {
    "space-tools",
    "MCP SDK",
    "huggingface_hub",
    "output folder",
    "temporary folder",
    "open files",
    "proxy",
}


async def found(
    *spaces: str | SpaceSettings, token: str | None = None, **setup: Any
) -> list[Finding]:
    """What is found of the Hub and the apps."""
    findings = await examine(Setup(sources=parse_sources(spaces), token=token, **setup))
    return [finding for finding in findings if finding.what not in MACHINE]


async def found_of(space: str | SpaceSettings, **setup: Any) -> list[Finding]:
    """What is found of one app."""
    findings = await found(space, **setup)
    return [f for f in findings if f.what not in ("Hub", "Hugging Face token", "ZeroGPU quota")]


def states(findings: Sequence[Finding]) -> list[State]:
    return [finding.state for finding in findings]


async def test_where_all_is_well_everything_is_said_to_be(
    hub: StandInHub, interface_app: RunningApp, tmp_path: Path
) -> None:
    hub.add("owner/sink", host=interface_app.url, hardware="zero-a10g")
    hub.quotas["me"] = {"base": 1500, "current": 750}
    setup = Setup(sources=parse_sources(["owner/sink"]), token=TOKEN, output_dir=tmp_path / "new")
    findings = await examine(setup)
    assert {f.what for f in findings} - {"proxy"} == (
        {*MACHINE, "Hub", "Hugging Face token", "ZeroGPU quota", "sink"} - {"proxy"}
    )
    told = [(f.what, f.state, f.said) for f in findings if f.what not in MACHINE]
    assert told[:4] == [
        ("Hub", "ok", hub.url),
        ("Hugging Face token", "ok", "of me"),
        ("ZeroGPU quota", "ok", "12 min 30 s of 25 min left"),
        ("sink", "ok", "owner/sink is running, on ZeroGPU (zero-a10g)"),
    ]
    assert told[4][2].startswith(f"Gradio 6.31.0 at {interface_app.url}, with ")
    assert told[5] == ("sink", "ok", "its queue has 0 calls that wait")
    assert told[6][2].endswith(" of its endpoints become tools")
    assert {state for _, state, _ in told} == {"ok"}
    assert not (tmp_path / "new").exists()


async def test_no_token_is_a_warning_with_the_way_to_one(hub: StandInHub) -> None:
    assert await found() == [
        Finding("Hub", "ok", hub.url),
        Finding(
            "Hugging Face token",
            "warning",
            "there is none: private Spaces are not seen, and ZeroGPU gives little",
            "log in with `hf auth login`, or set HF_TOKEN",
        ),
    ]


async def test_a_wrong_token_is_broken(hub: StandInHub) -> None:
    [hub_found, token] = await found(token="hf_wrong")
    assert hub_found.state == "ok"
    assert (token.what, token.state) == ("Hugging Face token", "broken")
    assert "it is wrong, has expired" in token.said
    assert token.remedy == f"make a new one at {hub.url}/settings/tokens"


async def test_a_quota_that_runs_low_is_a_warning(hub: StandInHub) -> None:
    hub.quotas["me"] = {"base": 1500, "current": 20}
    *_, quota = await found(token=TOKEN)
    assert (quota.state, quota.said) == ("warning", "20 s of 25 min left")
    assert "space-tools quota" in quota.remedy


@pytest.mark.parametrize(
    ("stage", "state", "said", "remedy"),
    [
        ("PAUSED", "broken", "owner/name is paused", "ask its owner to restart it: http"),
        ("RUNTIME_ERROR", "broken", "owner/name crashed", "ask its owner to mend it: http"),
        ("BUILD_ERROR", "broken", "owner/name could not be built", "ask its owner to mend it"),
        (
            "SLEEPING",
            "warning",
            "owner/name is asleep, on cpu-basic",
            "nothing: the first call wakes it, which may take a minute or two",
        ),
        ("BUILDING", "warning", "owner/name is being built, on cpu-basic", "wait, and look at"),
    ],
)
async def test_a_space_that_does_not_run_is_named_with_what_to_do(
    hub: StandInHub, stage: str, state: State, said: str, remedy: str
) -> None:
    hub.add("owner/name", stages=[stage])
    [finding] = await found_of("owner/name")
    assert (finding.what, finding.state, finding.said) == ("name", state, said)
    assert finding.remedy.startswith(remedy)
    assert not hub.spaces["owner/name"].awake


async def test_a_space_that_is_not_there_is_broken(hub: StandInHub) -> None:
    [finding] = await found_of("owner/nmae")
    assert finding.state == "broken"
    assert "the Hub has no Space owner/nmae, or it is private" in finding.said
    assert finding.remedy.startswith("correct the name")


async def test_a_hub_that_no_app_needs_is_not_what_is_broken(
    monkeypatch: pytest.MonkeyPatch, interface_app: RunningApp
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    for spaces, state in (
        ((interface_app.url,), "warning"),
        (("owner/name",), "broken"),
        ((), "broken"),
    ):
        [hub_found] = [f for f in await found(*spaces) if f.what == "Hub"]
        assert hub_found.state == state


async def test_a_space_of_another_kind_is_broken(hub: StandInHub) -> None:
    hub.add("owner/page", sdk="static")
    assert await found_of("owner/page") == [
        Finding(
            "page",
            "broken",
            "owner/page is a static Space, not a Gradio app",
            "it has no endpoints to call",
        )
    ]


async def test_what_is_no_gradio_app_is_broken(hub: StandInHub) -> None:
    page = PlainTextResponse("hello")
    with scripted_app(Script(*minimal_app(), routes={("GET", "/config"): [page]})) as app:
        [finding] = await found_of(f"web={app.url}")
    assert finding.state == "broken"
    assert "no Gradio app answers here: /config is not JSON" in finding.said
    assert finding.remedy == "name a Gradio app instead; `space-tools search` finds some"


@pytest.mark.parametrize(
    ("version", "state", "said", "remedy"),
    [
        ("3.41.0", "broken", "it runs Gradio 3.41.0", "Gradio 3.50 and later can be used"),
        ("3.50.2", "warning", "Gradio 3.50.2 at", "it works; newer versions tell more"),
    ],
)
async def test_an_old_gradio_is_named(
    hub: StandInHub, version: str, state: State, said: str, remedy: str
) -> None:
    config, info = minimal_app()
    routes = {("GET", "/config"): [JSONResponse({**config, "version": version})]}
    with scripted_app(Script(config, info, routes=routes)) as app:
        finding, *_ = await found_of(f"old={app.url}")
    assert finding.state == state
    assert said in finding.said
    assert finding.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("url", "said", "remedy"),
    [
        ("http://127.0.0.1:9", "nothing is listening there", "start what should"),
        ("http://no-such-host.invalid", "its name cannot be resolved", "correct the name"),
    ],
)
async def test_what_stands_in_the_way_of_a_connection_is_named(
    hub: StandInHub, url: str, said: str, remedy: str
) -> None:
    [finding] = await found_of(f"app={url}")
    assert (finding.state, finding.said) == ("broken", f"cannot connect to {url}: {said}")
    assert finding.remedy.startswith(remedy)


async def test_a_hub_that_cannot_be_reached_is_named_and_no_token_is_blamed(
    monkeypatch: pytest.MonkeyPatch, kitchen_sink: RunningApp
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("HF_ENDPOINT", url)
    findings = await found("owner/name", f"here={kitchen_sink.url}", token=TOKEN)
    hub_found, token, space, *here = findings
    assert hub_found == Finding(
        "Hub",
        "broken",
        f"the Hub at {url} cannot be reached: nothing is listening there",
        "start what should answer there, or correct the address",
    )
    assert (token.state, token.said) == (
        "warning",
        "there is one, which only the Hub could check",
    )
    assert (space.what, space.state) == ("name", "broken")
    assert "broken" not in states(here)


async def test_a_login_that_is_wanted_is_named(hub: StandInHub, locked_app: RunningApp) -> None:
    [finding] = await found_of(f"locked={locked_app.url}")
    assert (finding.state, finding.said) == ("broken", f"{locked_app.url} wants a login")
    assert finding.remedy == "set SPACE_TOOLS_AUTH_LOCKED to user:password"
    given = await found_of(f"locked={locked_app.url}", logins={"locked": ("user", "pass")})
    assert "broken" not in states(given)


async def test_a_configuration_that_names_no_endpoint_is_named(
    hub: StandInHub, interface_app: RunningApp
) -> None:
    *_, finding = await found_of(SpaceSettings(interface_app.url, "app", include=("/gret",)))
    assert finding.state == "broken"
    assert (finding.said, finding.remedy) == (
        "include: the app has no endpoint /gret",
        "did you mean /greet or /reset?",
    )


async def test_an_app_without_tools_is_a_warning(
    hub: StandInHub, interface_app: RunningApp
) -> None:
    *_, finding = await found_of(
        f"app={interface_app.url}", selection=Selection(exclude=("app/*",))
    )
    assert (finding.state, finding.said) == ("warning", "it has no endpoint that becomes a tool")


async def test_a_long_queue_is_a_warning(hub: StandInHub) -> None:
    status = JSONResponse({"msg": "estimation", "queue_size": 40})
    routes = {("GET", "/gradio_api/queue/status"): [status]}
    with scripted_app(Script(*minimal_app(), routes=routes)) as app:
        _, queue, _ = await found_of(f"app={app.url}")
    assert (queue.state, queue.said) == ("warning", "its queue has 40 calls that wait")


def test_a_folder_that_cannot_be_written_to_is_broken(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    [finding] = [f for f in examine_machine(file / "out", {}) if f.what == "output folder"]
    assert finding.state == "broken"
    assert "cannot be written to" in finding.said
    assert "choose another with --output-dir" in finding.remedy


def test_a_machine_without_room_for_temporary_files_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)  # it is looked for once in each process
    with full_disk():
        findings = examine_machine(None, {})
    [finding] = [f for f in findings if f.what == "temporary folder"]
    assert finding.state == "broken"
    assert "No usable temporary directory" in finding.said
    assert "make room" in finding.remedy


def test_a_proxy_is_told_without_its_password() -> None:
    findings = examine_machine(None, {"HTTPS_PROXY": "http://user:secret@proxy"})
    [finding] = [f for f in findings if f.what == "proxy"]
    assert (finding.state, "HTTPS_PROXY" in finding.said) == ("ok", True)
    assert "secret" not in finding.said + finding.remedy


@pytest.mark.parametrize(
    ("installed", "state"), [("1.9.4", "broken"), ("2.0", "ok"), ("2.3.0rc1", "ok"), ("3", "ok")]
)
def test_an_old_sdk_is_broken(installed: str, state: State) -> None:
    finding = judge_version("mcp", "MCP SDK", installed, (2, 0))
    assert finding.state == state
    assert finding.remedy == ("pip install -U mcp" if state == "broken" else "")
