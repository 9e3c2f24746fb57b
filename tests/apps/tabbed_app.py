import gradio as gr
from ks_common import C, launch


def mk(p):
    def f(x):
        return p + x

    return gr.Interface(f, C("Textbox", label="x"), C("Textbox", label="y"))


demo = gr.TabbedInterface([mk("one "), mk("two ")], ["One", "Two"])
if __name__ == "__main__":
    launch(demo)
