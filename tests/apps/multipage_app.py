import gradio as gr
from ks_common import C, launch

with gr.Blocks() as demo:
    t = C("Textbox", label="Home")
    b = gr.Button()
    b.click(lambda x: "home " + x, t, t, api_name="home_fn")
with demo.route("Second", "/second"):
    t2 = C("Textbox", label="Second")
    b2 = gr.Button()
    b2.click(lambda x: "second " + x, t2, t2, api_name="second_fn")
if __name__ == "__main__":
    launch(demo)
