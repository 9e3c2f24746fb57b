"""Calls of the kitchen sink that are made twice: through MCP, and by Gradio's own client.

Every endpoint that takes and gives no files is here, or is in `ELSEWHERE` with a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FRAME = {"headers": ["x", "y"], "data": [[1, "a"], [2, "b"]]}
PARTS = [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]


@dataclass(frozen=True, slots=True)
class Case:
    """One call: an endpoint, without its slash, and its arguments by name."""

    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.endpoint}-{'-'.join(self.arguments)}".rstrip("-")

    @property
    def tool(self) -> str:
        """The endpoint's part of its tool's name."""
        return TOOL_NAMES.get(self.endpoint, self.endpoint)


TOOL_NAMES = {"nested/name": "nested_name", "Ünï name": "_n_name"}
"""Of the endpoints whose names a tool cannot have."""

SAME: list[Case] = [
    Case("echo_text", {"x": "hello"}),
    Case("echo_text", {"x": ""}),
    Case("echo_text", {"x": 'ünï 🎉 \u2028 \\ " <b>\n\ttab'}),
    Case("echo_text"),
    Case("echo_text_required", {"x": "r"}),
    Case("echo_text_limited", {"x": "12345"}),
    Case("number", {"x": 7}),
    Case("number"),
    Case("number_echo", {"x": 2.5}),
    Case("number_echo", {"x": -1e30}),
    Case("number_echo", {"x": 0}),
    Case("slider", {"x": 3}),
    Case("slider", {"x": 2.5}),
    Case("slider"),
    Case("slider_randomize", {"x": 0.25}),
    Case("checkbox", {"x": False}),
    Case("checkbox"),
    Case("checkbox_group", {"x": ["a", "b"]}),
    Case("checkbox_group", {"x": []}),
    Case("radio", {"x": "b"}),
    Case("radio_index", {"x": "b"}),
    Case("dropdown", {"x": "b"}),
    Case("dropdown_pairs", {"x": "val_a"}),
    Case("dropdown_pairs", {"x": 2}),
    Case("dropdown_multi", {"x": ["a", "b"]}),
    Case("dropdown_custom", {"x": "new"}),
    Case("color", {"x": "#00ff00"}),
    Case("datetime", {"x": "2024-01-02 03:04:05"}),
    Case("datetime_ts", {"x": "2024-01-02 03:04:05"}),
    Case("code", {"x": "print(1)"}),
    Case("json_io", {"x": {"a": [1, 2, {"b": None}]}}),
    Case("json_io", {"x": [1, "two", False]}),
    Case("dataframe", {"x": FRAME}),
    Case("dataframe_out"),
    Case("chatbot_messages", {"h": PARTS}),
    Case("chatbot_tuples", {"x": []}),
    Case("html_out"),
    Case("markdown_out"),
    Case("label_out"),
    Case("label_str_out"),
    Case("highlighted_out"),
    Case("barplot_none"),
    Case("nan_out"),
    Case("nan_number"),
    Case("unicode_out"),
    Case("big_out", {"n": 100_000}),
    Case("no_inputs"),
    Case("no_outputs", {"x": "x"}),
    Case("two_outputs", {"a": "a", "b": "b"}),
    Case("dup", {"x": "x"}),
    Case("dup_1", {"x": "x"}),
    Case("ident", {"x": "x"}),
    Case("same_labels", {"a": "a", "b": "b"}),
    Case("nested/name", {"x": "x"}),
    Case("Ünï name", {"x": "x"}),
    Case("defaults", {"prompt": "p"}),
    Case("defaults", {"prompt": "p", "count": 9, "flag": False, "style": "fancy", "opt": "o"}),
    Case("described", {"x": "x"}),
    Case("undescribed", {"prompt": "p", "count": 1, "flag": True, "style": "s", "opt": "o"}),
    Case("no_label", {"x": "x"}),
    Case("sleep", {"n": 0.1}),
    Case("sleep_async", {"n": 0.1}),
    Case("limit1", {"n": 0}),
    Case("limit3", {"n": 0}),
    Case("limit_none", {"n": 0}),
    Case("sleep_counted", {"seconds": 0, "tag": "same"}),
    Case("sleep_plain", {"seconds": 0, "tag": "same"}),
    Case("progress", {"n": 1}),
    Case("progress_tqdm", {"n": 1}),
    Case("progress_gen", {"n": 2}),
    Case("generator", {"text": "abc"}),
    Case("generator_multi", {"n": 3}),
    Case("generator_shapes"),
    Case("generator_dataframe"),
    Case("generator_chat"),
    Case("generator_label"),
    Case("generator_update"),
    Case("generator_yields_nothing"),
    Case("generator_async", {"n": 3}),
    Case("logs"),
    Case("bad_arity", {"a": "a"}),
    Case("bad_return_count"),
    Case("dict_return"),
    Case("raise_error", {"kind": "nothing"}),
    Case("no_queue", {"x": "x"}),
    Case("no_queue_generator", {"text": "abc"}),
    Case("no_queue_error", {"kind": "nothing"}),
    Case("batch", {"xs": "x", "ns": 1}),
    Case("header_param", {"x": "x"}),
    Case("oauth_optional", {"x": "x"}),
    Case("update_value"),
    Case("update_no_value"),
    Case("update_component"),
    Case("skip"),
    Case("hidden_input", {"a": "a"}),
    Case("hidden_input", {"a": "a", "b": "b"}),
    Case("example_inputs", {"x": "x"}),
    Case("validated", {"age": 5, "name": "Bob"}),
    Case("validated_one", {"a": 5}),
    Case("cached", {"x": "x"}),
    Case("typed_api", {"a": 1}),
    Case("typed_api", {"a": 1, "b": 0.5, "name": "m", "tags": ["t"]}),
    Case("chain_1", {"x": "x"}),
    Case("chain_2"),
]
"""The same data both ways."""

FAILING: list[Case] = [
    Case("raise_error", {"kind": "gr"}),
    Case("raise_error", {"kind": "value"}),
    Case("raise_error", {"kind": "key"}),
    Case("no_queue_error", {"kind": "gr"}),
    Case("no_queue_error", {"kind": "value"}),
    Case("generator_error", {"kind": "gr"}),
    Case("generator_error", {"kind": "plain"}),
    Case("oauth_required", {"x": "x"}),
]
"""Calls that the app itself fails; the same message both ways."""

ELSEWHERE: dict[str, str] = {
    "calls": "counts what other calls do meanwhile: app_counters",
    "calls_now": "the same",
    "state_counter": "remembers, so its answers depend on the session: test_state",
    "state_append": "the same",
    "state_first_out": "the same",
    "state_middle_in": "the same",
    "generator_state": "the same",
    "chatbot_rich_out": "has a file in a message, which is a URL here and a path there",
    "headers": "tells of the request itself, which is another client's: test_parity",
    "headers_no_queue": "the same",
    "select_event": "Gradio's client has no way to give the details of an event: test_parity",
    "browser_state": "keeps something in a browser, which neither client is: test_parity",
    "held": "runs until it is cancelled: test_cancellation",
    "held_queue": "the same",
    "held_generator": "the same",
    "generator_forever": "the same",
    "lambda_1": "named by Gradio for an event of the page",
    "lambda_3": "the same",
    "bad_type_out": "gives the address of a Python object",
    "generator_empty": "the same",
    "get_random_value": "gives another value each time",
}
"""Endpoints without files that are not compared here, and why."""
