import gradio as gr
from ks_common import _accepts, launch


def respond(message, history):
    return f"text={message['text']} files={len(message['files'])}"


kw = {"type": "messages"} if "type" in _accepts(gr.ChatInterface.__init__) else {}
demo = gr.ChatInterface(respond, multimodal=True, title="mm chat", **kw)
if __name__ == "__main__":
    launch(demo)
