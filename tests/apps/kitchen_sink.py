"""Kitchen-sink app: one named endpoint per behaviour; gradio 3.50 .. 6.x. Settings: see ks_common."""
import asyncio, contextlib, json, os, time
import numpy as np
import gradio as gr
from ks_common import ASSETS, C, VERSION, has, launch, on

CALLS = {"no_outputs": 0, "after_cancel": 0, "ticks": 0}


def count(event, tag):
    CALLS[f"{event}:{tag}"] = CALLS.get(f"{event}:{tag}", 0) + 1


class Sink:
    """register(api_name, fn, inputs, outputs, ...): one button per endpoint."""
    skipped = {}

    def __call__(self, api_name, fn, inputs=(), outputs=(), **kw):
        try:
            ins = [i() if callable(i) else i for i in inputs]
            outs = [o() if callable(o) else o for o in outputs]
            b = gr.Button(str(api_name))
            return on(b.click, fn, ins, outs, api_name=api_name, **kw)
        except Exception as e:  # not on this version
            self.skipped[str(api_name)] = f"{type(e).__name__}: {e}"
            print("SKIP", api_name, self.skipped[str(api_name)], flush=True)


ep = Sink()
T = lambda label="Text", **kw: (lambda: C("Textbox", label=label, **kw))
c = lambda name, **kw: (lambda: C(name, **kw))
N = lambda label="Number", **kw: (lambda: C("Number", label=label, **kw))
red, blue = str(ASSETS / "red.png"), str(ASSETS / "blue image.png")
beep, clip = str(ASSETS / "beep.wav"), str(ASSETS / "clip.mp4")


def ident(x):
    return x


def describe(x):
    """Return a textual description of the preprocessed value the function received."""
    if isinstance(x, np.ndarray):
        return f"ndarray shape={x.shape} dtype={x.dtype}"
    if isinstance(x, tuple) and len(x) == 2 and isinstance(x[1], np.ndarray):
        return f"audio sr={x[0]} shape={x[1].shape}"
    if type(x).__name__ == "DataFrame":
        return "DataFrame " + json.dumps(x.values.tolist(), default=str) + " cols=" + json.dumps(list(map(str, x.columns)))
    if isinstance(x, dict):
        return "dict " + json.dumps({k: describe(v) for k, v in x.items()})
    if isinstance(x, list):
        return "list " + json.dumps([describe(v) for v in x])
    if isinstance(x, tuple):
        return "tuple " + json.dumps([describe(v) for v in x])
    if isinstance(x, str) and x.startswith("/"):
        return f"path {os.path.basename(x)} size={os.path.getsize(x) if os.path.exists(x) else None}"
    if hasattr(x, "name") and isinstance(getattr(x, "name"), str):
        return f"{type(x).__name__} {os.path.basename(x.name)}"
    if hasattr(x, "size") and hasattr(x, "mode"):
        return f"PIL {x.size} {x.mode}"
    return f"{type(x).__name__} {x!r}"


def dispatch(progress=gr.Progress()):
    pass


with gr.Blocks(title="kitchen sink") as demo:
    # ---- scalars
    ep("echo_text", ident, [T("Text", value="hi")], [T("Out")])
    ep("echo_text_required", ident, [T("Text")], [T("Out")])
    ep("echo_text_limited", ident, [T("Text", max_lines=3, max_length=5, placeholder="ph", info="some info")], [T("Out")])
    ep("number", describe, [N("N", value=5, minimum=0, maximum=10, precision=0, step=1)], [T("Out")])
    ep("number_echo", ident, [N("N", value=1.5)], [N("Out")])
    ep("slider", describe, [c("Slider", minimum=0, maximum=10, step=0.5, value=2, label="S")], [T("Out")])
    ep("slider_randomize", describe, [c("Slider", minimum=0, maximum=1, randomize=True, label="Seed")], [T("Out")])
    ep("checkbox", describe, [c("Checkbox", value=True, label="Flag")], [T("Out")])
    ep("checkbox_group", describe, [c("CheckboxGroup", choices=["a", "b", "c"], value=["a"], label="G")], [T("Out")])
    ep("radio", describe, [c("Radio", choices=["a", "b"], value="a", label="R")], [T("Out")])
    ep("radio_index", describe, [c("Radio", choices=["a", "b"], value="a", type="index", label="R")], [T("Out")])
    ep("dropdown", describe, [c("Dropdown", choices=["a", "b"], value="a", label="D")], [T("Out")])
    ep("dropdown_pairs", describe, [c("Dropdown", choices=[("Label A", "val_a"), ("Label B", 2)], label="D")], [T("Out")])
    ep("dropdown_multi", describe, [c("Dropdown", choices=["a", "b", "c"], multiselect=True, value=["a"], max_choices=2, label="D")], [T("Out")])
    ep("dropdown_custom", describe, [c("Dropdown", choices=["a", "b"], allow_custom_value=True, label="D")], [T("Out")])
    ep("color", describe, [c("ColorPicker", value="#ff0000", label="C")], [T("Out")])
    if has("DateTime"):
        ep("datetime", describe, [c("DateTime", label="When", type="string")], [T("Out")])
        ep("datetime_ts", describe, [c("DateTime", label="When")], [T("Out")])
    ep("code", ident, [c("Code", language="python", label="Code")], [c("Code", language="json", label="Out")])
    ep("json_io", ident, [c("JSON", label="J")], [c("JSON", label="Out")])
    ep("dataframe", describe, [c("Dataframe", headers=["x", "y"], label="DF")], [T("Out")])
    ep("dataframe_out", lambda: {"headers": ["x", "y"], "data": [[1, "a"], [2, "b"]]} if VERSION >= (3,) else [[1, "a"]], [], [c("Dataframe", headers=["x", "y"], label="Out")])
    # ---- media
    ep("image_filepath", ident, [c("Image", type="filepath", label="I")], [c("Image", type="filepath", label="Out")])
    ep("image_numpy", describe, [c("Image", type="numpy", label="I")], [T("Out")])
    ep("image_pil", describe, [c("Image", type="pil", label="I")], [T("Out")])
    ep("image_numpy_out", lambda: np.zeros((4, 5, 3), np.uint8), [], [c("Image", label="Out")])
    if has("ImageEditor"):
        ep("image_editor", describe, [c("ImageEditor", type="numpy", label="E")], [T("Out")])
        ep("image_editor_out", lambda: red, [], [c("ImageEditor", type="filepath", label="Out")])
    if has("ImageSlider"):
        ep("image_slider_out", lambda: (red, blue), [], [c("ImageSlider", label="Out")])
    if has("AnnotatedImage"):
        ep("annotated_image", lambda: (np.zeros((6, 8, 3), np.uint8), [((0, 0, 3, 3), "box")]), [], [c("AnnotatedImage", label="Out")])
    ep("gallery_out", lambda: [(red, "cap red"), blue], [], [c("Gallery", label="Out")])
    ep("gallery_in", describe, [c("Gallery", label="G", type="filepath")], [T("Out")])
    ep("audio_filepath", ident, [c("Audio", type="filepath", label="A")], [c("Audio", label="Out")])
    ep("audio_numpy", describe, [c("Audio", type="numpy", label="A")], [T("Out")])
    ep("audio_numpy_out", lambda: (8000, np.zeros(800, np.int16)), [], [c("Audio", label="Out")])
    ep("video", describe, [c("Video", label="V")], [T("Out")])
    ep("video_out", lambda: clip, [], [c("Video", label="Out")])
    ep("file_single", describe, [c("File", label="F")], [T("Out")])
    ep("file_binary", lambda b: f"{type(b).__name__} len={len(b)}", [c("File", label="F", type="binary")], [T("Out")])
    ep("file_multiple", describe, [c("File", file_count="multiple", label="Fs", file_types=[".txt", "image"])], [T("Out")])
    ep("file_out", lambda: str(ASSETS / "a.txt"), [], [c("File", label="Out")])
    ep("file_out_unicode", lambda: str(ASSETS / "ünï cödé & #1?.txt"), [], [c("File", label="Out")])
    ep("files_out", lambda: [str(ASSETS / "a.txt"), str(ASSETS / "b.txt")], [], [c("File", file_count="multiple", label="Out")])
    ep("file_none_out", lambda: None, [], [c("File", label="Out")])
    ep("upload_button", describe, [c("UploadButton", label="UB")], [T("Out")])
    if has("DownloadButton"):
        ep("download_button_out", lambda: str(ASSETS / "a.txt"), [], [c("DownloadButton", label="DB")])
    ep("model3d", ident, [c("Model3D", label="M")], [c("Model3D", label="Out")])
    # ---- chat
    ep("chatbot_tuples", ident, [c("Chatbot", type="tuples", label="Chat")], [c("Chatbot", type="tuples", label="Out")])
    if VERSION >= (4, 44):
        ep("chatbot_messages", lambda h: (h or []) + [{"role": "assistant", "content": "ok"}],
           [c("Chatbot", type="messages", label="Chat")], [c("Chatbot", type="messages", label="Out")])
        ep("chatbot_rich_out", lambda: [{"role": "user", "content": "see"}, {"role": "assistant", "content": {"path": red}},
                                        {"role": "assistant", "content": "thinking", "metadata": {"title": "Tool"}}],
           [], [c("Chatbot", type="messages", label="Out")])
    if has("MultimodalTextbox"):
        ep("multimodal_textbox", describe, [c("MultimodalTextbox", label="MM", file_count="multiple")], [T("Out")])
    # ---- outputs
    def plot():
        import matplotlib; matplotlib.use("Agg")
        import matplotlib.pyplot as plt
        f = plt.figure(figsize=(1, 1)); plt.plot([1, 2]); return f
    try:
        import matplotlib
        ep("plot", plot, [], [c("Plot", label="Out")])
    except ImportError:
        pass
    ep("html_out", lambda: "<b>x</b>", [], [c("HTML", label="Out")])
    ep("markdown_out", lambda: "  # T\n\nx", [], [c("Markdown", label="Out")])
    ep("label_out", lambda: {"cat": 0.75, "dog": 0.25}, [], [c("Label", label="Out")])
    ep("label_str_out", lambda: "cat", [], [c("Label", label="Out")])
    ep("highlighted_out", lambda: [("a", "X"), ("b", None)], [], [c("HighlightedText", label="Out")])
    ep("barplot_none", lambda: None, [], [T("Out")])
    ep("nan_out", lambda: [float("nan"), float("inf"), -0.0, 1e30], [], [c("JSON", label="Out")])
    ep("nan_number", lambda: float("nan"), [], [N("Out")])
    ep("unicode_out", lambda: "ünï 🎉 \u2028 \n\n data: x\n\n", [], [T("Out")])
    ep("big_out", lambda n: "x" * int(n), [N("n", value=1_000_000)], [T("Out")])
    # ---- arity / names
    ep("no_inputs", lambda: "no inputs", [], [T("Out")])

    def no_outputs(x):
        CALLS["no_outputs"] += 1
    ep("no_outputs", no_outputs, [T("Text")], [])
    ep("calls", lambda: dict(CALLS), [], [c("JSON", label="Out")])
    ep("calls_now", lambda: dict(CALLS), [], [c("JSON", label="Out")], queue=False)
    ep("two_outputs", lambda a, b: (a, b), [T("A"), T("B")], [T("Out A"), T("Out B")])
    ep("dup", lambda x: "first " + x, [T("Text")], [T("Out")])
    ep("dup", lambda x: "second " + x, [T("Text")], [T("Out")])
    ep("same_labels", lambda a, b: f"{a}|{b}", [T("Same"), T("Same")], [T("Same"), T("Same")] if False else [T("Out")])
    ep("nested/name", ident, [T("Text")], [T("Out")])
    ep("Ünï name", ident, [T("Text")], [T("Out")])
    anon = gr.Button("auto named")
    on(anon.click, ident, [C("Textbox", label="Text")], [C("Textbox", label="Out")])

    def with_doc(prompt: str, count: int = 3, flag: bool = True, style: str = "plain", opt: str = None) -> str:
        """Docstring of with_doc: makes a sentence.

        Args:
            prompt: the prompt text
            count: how many
        Returns:
            the sentence
        """
        return f"{prompt}|{count}|{flag}|{style}|{opt}"
    ep("defaults", with_doc, [T("Prompt"), N("Count", value=3, precision=0), c("Checkbox", value=True, label="Flag"),
                              c("Dropdown", choices=["plain", "fancy"], value="plain", label="Style"), T("Opt")], [T("Out")])
    ep("described", ident, [T("Text")], [T("Out")], api_description="An explicit api_description")
    ep("undescribed", with_doc, [T("Prompt"), N("Count", value=3), c("Checkbox"), T("Style"), T("Opt")], [T("Out")], api_description=False)
    ep("no_label", ident, [c("Textbox")], [c("Textbox")])
    # ---- state
    def count_up(s):
        s = (s or 0) + 1
        return s, s
    st = C("State", 0)
    ep("state_counter", count_up, [st], [N("Count"), st])
    st2 = C("State", [])
    ep("state_append", lambda x, s: (s + [x], s + [x]), [T("Text"), st2], [c("JSON", label="Out"), st2])
    ep("state_first_out", lambda x, s: (s + [x], ",".join(s + [x])), [T("Text"), st2], [st2, T("Out")])
    ep("state_middle_in", lambda a, s, b: f"{a}|{s}|{b}", [T("A"), st, T("B")], [T("Out")])
    if has("BrowserState"):
        ep("browser_state", lambda s: (str(s), s), [c("BrowserState", default_value="bs")], [T("Out"), c("BrowserState", default_value="bs")])
    # ---- time
    def slow(n):
        time.sleep(float(n)); CALLS["after_cancel"] += 1
        return f"slept {n}"

    async def slow_async(n):
        await asyncio.sleep(float(n)); CALLS["after_cancel"] += 1
        return f"slept {n}"
    sleep_ev = ep("sleep", slow, [N("Seconds", value=1)], [T("Out")])
    ep("sleep_async", slow_async, [N("Seconds", value=1)], [T("Out")])
    ep("limit1", slow, [N("Seconds", value=1)], [T("Out")], concurrency_limit=1, concurrency_id="one")
    ep("limit3", slow, [N("Seconds", value=1)], [T("Out")], concurrency_limit=3)
    ep("limit_none", slow, [N("Seconds", value=1)], [T("Out")], concurrency_limit=None)

    def prog(n, progress=gr.Progress()):
        n = int(n)
        progress(0, desc="starting")
        time.sleep(0.15)
        for i in range(n):
            progress((i + 1, n), desc=f"step {i+1}", unit="steps")
            time.sleep(0.15)
        return "done"
    ep("progress", prog, [N("Steps", value=3)], [T("Out")])

    def prog_tqdm(n, progress=gr.Progress()):
        for i in progress.tqdm(range(int(n)), desc="tq"):
            time.sleep(0.15)
        return "done"
    ep("progress_tqdm", prog_tqdm, [N("Steps", value=3)], [T("Out")])

    def prog_gen(n, progress=gr.Progress()):
        s = ""
        for i in range(int(n)):
            progress(i / int(n), desc=f"p{i}")
            time.sleep(0.12); s += f"{i} "
            yield s
    ep("progress_gen", prog_gen, [N("Steps", value=3)], [T("Out")])
    # ---- runs that say how far they came: CALLS["started:tag"], and then "finished:tag" or "cancelled:tag"
    HELD_SECONDS = 30.0

    @contextlib.contextmanager
    def counted(tag):
        count("started", tag)
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):
            count("cancelled", tag)
            raise
        count("finished", tag)

    async def sleep_counted(seconds, tag):
        with counted(tag):
            await asyncio.sleep(float(seconds))
        return f"slept {seconds}"
    ep("sleep_counted", sleep_counted, [N("Seconds", value=1), T("Tag", value="a")], [T("Out")])

    def sleep_plain(seconds, tag):      # what no cancel can stop
        with counted(tag):
            time.sleep(float(seconds))
        return f"slept {seconds}"
    ep("sleep_plain", sleep_plain, [N("Seconds", value=1), T("Tag", value="a")], [T("Out")])

    async def held(tag):
        with counted(tag):
            await asyncio.sleep(HELD_SECONDS)
        return f"held {tag}"
    ep("held", held, [T("Tag", value="a")], [T("Out")], concurrency_limit=None)
    ep("held_queue", held, [T("Tag", value="a")], [T("Out")], concurrency_limit=1, concurrency_id="held")

    async def held_generator(tag):
        with counted(tag):
            for i in range(int(HELD_SECONDS * 10)):
                yield f"held {tag} {i}"
                await asyncio.sleep(0.1)
    ep("held_generator", held_generator, [T("Tag", value="a")], [T("Out")], concurrency_limit=None)
    # ---- generators
    def gen(text):
        for i in range(1, len(text) + 1):
            time.sleep(0.05)
            yield text[:i]
    gen_ev = ep("generator", gen, [T("Text", value="stream")], [T("Out")])

    def gen_multi(n):
        for i in range(int(n)):
            time.sleep(0.05)
            yield f"t{i}" * (i + 1), {"i": i, "l": list(range(i)), **({"odd": True} if i % 2 else {"even": "x" * i})}, i, [["a", i]] * (i + 1)
    ep("generator_multi", gen_multi, [N("n", value=4)], [T("Text"), c("JSON", label="J"), N("Num"), c("JSON", label="L")])

    def gen_shapes():
        for v in [{"a": 1}, {"a": 1, "b": [1, 2, 3]}, {"b": [1, 3]}, {"b": [9, 3, {"k": "x"}]}, {"b": [9, 3, {"k": "xy"}], "c": None},
                  {"c": 0}, [1, 2, 3, 4], [4], [], None, {"": "empty key", "s": "str"}, {"": "empty key", "s": "string"}, {"s": "x"}]:
            time.sleep(0.02); yield v
    ep("generator_shapes", gen_shapes, [], [c("JSON", label="J")])

    def gen_gallery():      # nested diffs on a pydantic-modelled output: add / replace / delete / append
        for v in [[(red, "cap")], [(red, "caption"), blue], [(red, "caption"), (blue, "b"), red], [blue], [], [red, blue]]:
            time.sleep(0.02); yield v
    ep("generator_gallery", gen_gallery, [], [c("Gallery", label="Out")])

    def gen_frame():
        for v in [[[1, "a"]], [[1, "ab"], [2, "b"]], [[2, "b"]], []]:
            time.sleep(0.02); yield v
    ep("generator_dataframe", gen_frame, [], [c("Dataframe", headers=["n", "s"], label="Out")])

    def gen_chat():
        h = [["hi", ""]] if VERSION < (5,) else [{"role": "user", "content": "hi"}, {"role": "assistant", "content": ""}]
        for w in ["Hel", "lo", " there"]:
            if VERSION < (5,): h = [[h[0][0], h[0][1] + w]]
            else: h = [h[0], {"role": "assistant", "content": h[1]["content"] + w}]
            time.sleep(0.02); yield h
    ep("generator_chat", gen_chat, [], [c("Chatbot", type="messages", label="Out") if VERSION >= (5,) else c("Chatbot", label="Out")])

    def gen_label():
        for v in [{"cat": 1.0}, {"cat": 0.5, "dog": 0.5}, {"dog": 1.0}]:
            time.sleep(0.02); yield v
    ep("generator_label", gen_label, [], [c("Label", label="Out")])

    def gen_update():
        for v in ["a", "ab"]:
            time.sleep(0.02); yield gr.update(value=v, label="L" + v) if hasattr(gr, "update") else gr.Textbox(value=v, label="L" + v)
    ep("generator_update", gen_update, [], [T("Out")])
    ep("generator_empty", lambda: (x for x in ()), [], [T("Out")])

    def gen_none():
        if False:
            yield 1
    ep("generator_yields_nothing", gen_none, [], [T("Out")])

    def gen_err(kind):
        yield "one"
        time.sleep(0.05)
        yield "two"
        raise (gr.Error("gen failed") if kind == "gr" else ValueError("gen plain"))
    ep("generator_error", gen_err, [T("Kind", value="gr")], [T("Out")])

    def gen_file():
        for p in [red, blue]:
            time.sleep(0.05); yield p
    ep("generator_file", gen_file, [], [c("Image", type="filepath", label="Out")])

    def gen_forever():
        i = 0
        while True:
            CALLS["ticks"] += 1; i += 1; time.sleep(0.1); yield i
    forever_ev = ep("generator_forever", gen_forever, [], [N("Out")])

    async def agen(n):
        for i in range(int(n)):
            await asyncio.sleep(0.05); yield i
    ep("generator_async", agen, [N("n", value=3)], [N("Out")])

    def gen_state(s):
        for i in range(3):
            time.sleep(0.05); s = (s or 0) + 1; yield s, s
    ep("generator_state", gen_state, [st], [N("Out"), st])
    if VERSION >= (5,):
        def audio_stream():
            for _ in range(3):
                time.sleep(0.1); yield beep
        ep("audio_stream_out", audio_stream, [], [c("Audio", streaming=True, label="Out")])
    # ---- errors & logs
    def err(kind):
        if kind == "gr": raise gr.Error("custom gr error")
        if kind == "gr_empty": raise gr.Error()
        if kind == "gr_dur":
            try: raise gr.Error("with extras", duration=3, visible=False, title="My Title")
            except TypeError: raise gr.Error("with extras")
        if kind == "gr_html": raise gr.Error("<b>html</b> & \"quotes\"")
        if kind == "value": raise ValueError("plain value error")
        if kind == "empty": raise Exception()
        if kind == "exit": raise SystemExit(3)
        if kind == "key": raise KeyError("k")
        return f"no error for {kind}"
    ep("raise_error", err, [T("Kind", value="gr")], [T("Out")])

    def logs():
        gr.Info("an info"); gr.Warning("a warning")
        if hasattr(gr, "Success"): gr.Success("a success")
        try: gr.Info("timed", duration=1, visible=False, title="T")
        except TypeError: pass
        time.sleep(0.2)
        return "logged"
    ep("logs", logs, [], [T("Out")])
    ep("bad_arity", lambda a, b: a, [T("A")], [T("Out")])
    ep("bad_return_count", lambda: ("a", "b", "c"), [], [T("A"), T("B")])
    ep("bad_type_out", lambda: object(), [], [c("JSON", label="J")])
    # ---- queue variants
    ep("no_queue", ident, [T("Text")], [T("Out")], queue=False)
    ep("no_queue_generator", gen, [T("Text", value="abc")], [T("Out")], queue=False)
    ep("no_queue_error", err, [T("Kind", value="gr")], [T("Out")], queue=False)
    ep("batch", lambda xs, ns: ([f"{x}:{len(xs)}" for x in xs], [n * 2 for n in ns]), [T("Text"), N("n")], [T("Out"), N("Out2")],
       batch=True, max_batch_size=4)
    ep("undocumented", ident, [T("Text")], [T("Out")], visibility="undocumented")
    ep("private", ident, [T("Text")], [T("Out")], visibility="private")
    ep(False, lambda x: "api_name False " + x, [T("Text")], [T("Out")])
    b = gr.Button("js only"); on(b.click, None, None, None, js="() => 1", api_name="js_only")
    b = gr.Button("Cancel")
    on(b.click, None, None, None, cancels=[e for e in (sleep_ev, gen_ev, forever_ev) if e is not None], api_name="cancel_all")
    # ---- request
    if hasattr(gr, "Header"):
        def one_header(x, x_ip_token: gr.Header):
            return f"{x} {x_ip_token}"
        ep("header_param", one_header, [T("Text")], [T("Out")])
    if VERSION >= (6, 21):
        def oauth_opt(x, token: gr.OAuthToken | None):
            return f"{x} token={token.token if token else None}"
        ep("oauth_optional", oauth_opt, [T("Text")], [T("Out")])

        def oauth_req(x, token: gr.OAuthToken):
            return f"{x} token={token.token}"
        ep("oauth_required", oauth_req, [T("Text")], [T("Out")])

    def headers(x, request: gr.Request):
        h = dict(request.headers) if request is not None and hasattr(request, "headers") else {}
        return {"headers": {k: v for k, v in h.items()}, "query": dict(request.query_params), "client": getattr(request.client, "host", None),
                "session_hash": getattr(request, "session_hash", None), "username": request.username, "x": x,
                "url": str(getattr(request, "url", ""))}
    ep("headers", headers, [T("Text")], [c("JSON", label="Out")])
    ep("headers_no_queue", headers, [T("Text")], [c("JSON", label="Out")], queue=False)

    def select_fn(evt: gr.SelectData):
        return f"selected {getattr(evt, 'index', None)!r} {getattr(evt, 'value', None)!r}"
    seldf = C("Dataframe", headers=["x"], label="SelDF"); selout = C("Textbox", label="Out")
    on(seldf.select, select_fn, None, [selout], api_name="select_event")
    # ---- updates
    upd = (lambda **kw: gr.update(**kw)) if hasattr(gr, "update") else (lambda **kw: gr.Textbox(**kw))
    ep("update_value", lambda: upd(value="new", visible=True, label="L2"), [], [T("Out")])
    ep("update_no_value", lambda: upd(visible=False), [], [T("Out")])
    ep("update_component", lambda: gr.Dropdown(choices=["x", "y"], value="y"), [], [c("Dropdown", choices=["a"], label="D")])
    ep("update_image", lambda: gr.Image(value=red, label="new"), [], [c("Image", type="filepath", label="Out")])
    ep("skip", lambda: gr.skip() if hasattr(gr, "skip") else None, [], [T("Out")])
    ep("dict_return", lambda: 1, [], [T("Out")])
    # ---- hidden / non-interactive inputs
    ep("hidden_input", lambda a, b: f"{a}|{b}", [T("A"), T("Hidden", visible=False, value="hv")], [T("Out")])
    ep("example_inputs", ident, [T("Text")], [T("Out")])
    if VERSION >= (5, 40) or VERSION >= (6,):
        if has("validate"):
            def validator(age, name):
                return [gr.validate(0 < age < 120, "Age must be 1..119"), gr.validate(len(name) > 1, "Name too short")]
            ep("validated", lambda age, name: f"{name} {age}", [N("Age", value=1), T("Name")], [T("Out")], validator=validator)

            def validator1(age):
                return gr.validate(age > 0, "must be positive")
            ep("validated_one", lambda a: f"{a}", [N("Age", value=1)], [T("Out")], validator=validator1)
    if has("cache"):
        CALLS["cached"] = 0

        @gr.cache()
        def cached_fn(x):
            CALLS["cached"] += 1
            return x + str(CALLS["cached"])
        ep("cached", cached_fn, [T("Text")], [T("Out")])
    if has("api"):
        def typed(a: int, b: float = 2.0, name: str = "n", tags: list[str] | None = None) -> dict:
            """Typed gr.api function."""
            return {"a": a, "b": b, "name": name, "tags": tags}
        try:
            gr.api(typed, api_name="typed_api")
        except Exception as e:
            ep.skipped["typed_api"] = repr(e); print("SKIP typed_api", e)
    if has("render"):
        rn = C("Number", label="render n", value=2, precision=0)

        @gr.render(inputs=rn)
        def _r(n):
            for i in range(int(n or 0)):
                t = gr.Textbox(label=f"dyn{i}", key=f"d{i}"); b2 = gr.Button(f"dyn go {i}")
                on(b2.click, ident, [t], [t], api_name=f"dyn_{i}")
    if VERSION >= (5,):
        a_in = C("Audio", sources=["microphone"], streaming=True, label="mic"); a_out = C("Textbox", label="Out")
        on(a_in.stream, lambda a, : "chunk", [a_in], [a_out], api_name="audio_stream_in", time_limit=2, stream_every=0.5)
    lt = C("Textbox", label="loaded")
    on(demo.load, lambda: "loaded", None, [lt])
    if hasattr(demo, "unload"):
        demo.unload(lambda: CALLS.__setitem__("unloads", CALLS.get("unloads", 0) + 1))
    if has("Timer"):
        tm = C("Timer", 3600.0); on(tm.tick, lambda: "tick", None, [lt])
    ev = ep("chain_1", ident, [T("Text")], [T("Out")])
    if ev is not None and hasattr(ev, "then"):
        on(ev.then, lambda: "chained", None, [lt], api_name="chain_2")

print("SKIPPED", json.dumps(ep.skipped), flush=True)
if __name__ == "__main__":
    launch(demo)
