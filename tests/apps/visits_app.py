"""Counts its visitors: an app that wants to know when one leaves."""

import gradio as gr
from ks_common import launch

LEFT = []


def count(n):
    return (n or 0) + 1, (n or 0) + 1


def left():
    return len(LEFT)


with gr.Blocks(title="visits") as demo:
    state = gr.State(None)
    number = gr.Number()
    button = gr.Button()
    button.click(count, [state], [number, state], api_name="count")
    button.click(left, None, [number], api_name="left")
    demo.unload(lambda: LEFT.append(1))
if __name__ == "__main__":
    launch(demo)
