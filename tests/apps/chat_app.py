import time

import gradio as gr
from ks_common import VERSION, _accepts, launch


def respond(message, history, system="sys", n=1.0):
    """Chat responder."""
    txt = message if isinstance(message, str) else message.get("text", "")
    s = ""
    for w in f"you said {txt} ({len(history)} turns, {system})".split():
        s += w + " "
        time.sleep(0.02)
        yield s


kw = (
    {"type": "messages"}
    if "type" in _accepts(gr.ChatInterface.__init__) and VERSION >= (4, 44)
    else {}
)
demo = gr.ChatInterface(
    respond,
    additional_inputs=[gr.Textbox("sys", label="System"), gr.Slider(0, 2, value=1.0, label="N")],
    title="chat",
    **kw,
)
if __name__ == "__main__":
    launch(demo)
