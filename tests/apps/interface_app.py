import gradio as gr
from ks_common import C, launch


def greet(name: str, intensity: float = 1) -> str:
    """Greets.

    Args:
        name: who
    """
    return "Hello " + name + "!" * int(intensity)


demo = gr.Interface(
    greet,
    [
        C("Textbox", label="name"),
        C("Slider", minimum=1, maximum=5, value=1, step=1, label="intensity"),
    ],
    C("Textbox", label="greeting"),
    examples=[["Ann", 2]],
    cache_examples=False,
)
if __name__ == "__main__":
    launch(demo)
