"""What the official conformance suite requires of a server, in both eras."""

import pytest

from tests.conformance.suite import Report

NO_SUCH = (
    "calls tools, prompts or resources that are made for the suite, of fixed names and schemas"
)
ASKS_BACK = "wants a tool that asks its client for something, which calls of apps do not"
LINKED = "wants a resource inside a result, where ours are linked"
NOT_OFFERED = "wants what is optional and was taken out of the protocol since"
TASKS = "tasks-"
"""How the scenarios of an extension begin, which have tests of their own."""

NOT_MET = {
    "2026-07-28": {
        "tools-call-embedded-resource": LINKED,
        "tools-call-mixed-content": LINKED,
        "resources-read-text": NO_SUCH,
        "resources-read-binary": NO_SUCH,
        "resources-templates-read": NO_SUCH,
        "prompts-get-simple": NO_SUCH,
        "prompts-get-with-args": NO_SUCH,
        "prompts-get-embedded-resource": NO_SUCH,
        "prompts-get-with-image": NO_SUCH,
        "json-schema-2020-12": NO_SUCH,
        "http-custom-header-server-validation": NO_SUCH,
        "input-required-result-basic-elicitation": ASKS_BACK,
        "input-required-result-basic-sampling": ASKS_BACK,
        "input-required-result-basic-list-roots": ASKS_BACK,
        "input-required-result-request-state": ASKS_BACK,
        "input-required-result-multiple-input-requests": ASKS_BACK,
        "input-required-result-multi-round": ASKS_BACK,
        "input-required-result-non-tool-request": ASKS_BACK,
        "input-required-result-result-type": ASKS_BACK,
        "input-required-result-tampered-state": ASKS_BACK,
        "input-required-result-capability-check": ASKS_BACK,
        "server-stateless": ASKS_BACK,
    },
    "2025-11-25": {
        "tools-call-embedded-resource": LINKED,
        "tools-call-mixed-content": LINKED,
        "resources-read-text": NO_SUCH,
        "resources-read-binary": NO_SUCH,
        "resources-templates-read": NO_SUCH,
        "prompts-get-simple": NO_SUCH,
        "prompts-get-with-args": NO_SUCH,
        "prompts-get-embedded-resource": NO_SUCH,
        "prompts-get-with-image": NO_SUCH,
        "json-schema-2020-12": NO_SUCH,
        "tools-call-sampling": ASKS_BACK,
        "tools-call-elicitation": ASKS_BACK,
        "elicitation-sep1034-defaults": ASKS_BACK,
        "elicitation-sep1330-enums": ASKS_BACK,
        "logging-set-level": NOT_OFFERED,
        "tools-call-with-logging": NOT_OFFERED,
        "resources-subscribe": NOT_OFFERED,
        "resources-unsubscribe": NOT_OFFERED,
    },
}
"""Revision → scenarios that no server for any app can pass, and what each wants."""

NOT_MET_CHECKS = {
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-missing-capability-http-400",
    "sep-2575-http-server-no-independent-requests-on-stream",
    "sep-2575-server-no-log-without-loglevel",
}
"""What `server-stateless` asks of tools that it wants to be there; all else in it holds."""

LEAST_MET = {"2026-07-28": 15, "2025-11-25": 14}
"""Scenarios that hold, so that a suite which ran nothing would be noticed."""

SHOULD = {
    "sep-2322-ignore-unexpected-params": ASKS_BACK,
    "sep-2322-missing-response-rerequests": ASKS_BACK,
    "sep-2575-server-sends-tools-list-changed-on-subscription": NO_SUCH,
    "sep-2575-server-sends-prompts-list-changed-on-subscription": NO_SUCH,
    "server-sse-priming-event": "is about streams that can be taken up again, which ours cannot",
    "server-sse-retry-field": "is about streams that can be taken up again, which ours cannot",
}
"""Warnings: what each is about."""


def of_ours(report: Report) -> Report:
    return {name: checks for name, checks in report.items() if not name.startswith(TASKS)}


@pytest.mark.parametrize("revision", NOT_MET)
async def test_all_that_can_hold_for_any_server_holds(
    reports: dict[str, Report], revision: str
) -> None:
    report = of_ours(reports[revision])
    failed = {
        name: [f"{check.name}: {check.said}" for check in checks if check.failed]
        for name, checks in report.items()
    }
    unexpected = {name: said for name, said in failed.items() if said}.keys() - NOT_MET[revision]
    assert not unexpected, [failed[name] for name in unexpected]
    held = [name for name, checks in report.items() if checks and not failed[name]]
    assert len(held) >= LEAST_MET[revision], sorted(held)


@pytest.mark.parametrize("revision", NOT_MET)
async def test_what_is_said_not_to_hold_does_not(reports: dict[str, Report], revision: str) -> None:
    """So that the table above says no more than it must."""
    report = reports[revision]
    assert [name for name in NOT_MET[revision] if not any(c.failed for c in report[name])] == []


@pytest.mark.parametrize("revision", NOT_MET)
async def test_every_message_is_what_the_schema_of_the_protocol_allows(
    reports: dict[str, Report], revision: str
) -> None:
    checks = [check for each in reports[revision].values() for check in each]
    schemas = [check for check in checks if check.name == "wire-schema-valid"]
    assert len(schemas) > LEAST_MET[revision]
    assert [check.said for check in schemas if check.failed] == []


@pytest.mark.parametrize("revision", NOT_MET)
async def test_nothing_is_warned_of_that_is_not_accounted_for(
    reports: dict[str, Report], revision: str
) -> None:
    checks = [check for each in of_ours(reports[revision]).values() for check in each]
    warned = {check.name: check.said for check in checks if check.status == "WARNING"}
    assert {name: said for name, said in warned.items() if name not in SHOULD} == {}


async def test_a_server_without_sessions_does_all_that_is_asked_of_it(
    reports: dict[str, Report],
) -> None:
    checks = reports["2026-07-28"]["server-stateless"]
    assert {check.name for check in checks if check.failed} == NOT_MET_CHECKS
    assert len([check for check in checks if check.status == "SUCCESS"]) > 20
