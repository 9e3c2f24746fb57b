"""gradio mounted in FastAPI at /sub (gr.mount_gradio_app)."""

import os

import fastapi
import gradio as gr
import uvicorn
from ks_common import C

with gr.Blocks() as demo:
    t = C("Textbox", label="Text")
    o = C("Textbox", label="Out")
    b = gr.Button()
    b.click(lambda x: "mounted " + x, t, o, api_name="echo")
    f = C("File", label="F")
    o2 = C("File", label="Out")
    b2 = gr.Button()
    b2.click(
        lambda x: x if isinstance(x, str) or x is None else x.name, f, o2, api_name="file_echo"
    )
demo.queue()
app = fastapi.FastAPI()


@app.get("/health")
def health():
    return {"ok": True}


app = gr.mount_gradio_app(app, demo, path="/sub")
if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ.get("KS_PORT", "7860")), log_level="warning"
    )
