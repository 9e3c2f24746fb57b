"""An app that calls another for each of its visitors, on that visitor's behalf.

KS_OTHER names the other: a Space's id, or a URL.
"""

import os
import weakref

import gradio as gr
from ks_common import launch

from space_tools import Client, handle_file

OTHER = os.environ["KS_OTHER"]
PICTURE = os.path.join(os.path.dirname(__file__), "assets", "red.png")
OPEN: "weakref.WeakSet[Client]" = weakref.WeakSet()
SHARED: list[Client] = []


def own_client(request: gr.Request):
    token = request.headers.get("x-ip-token")
    headers = {"X-IP-Token": token} if token else {}
    client = Client(OTHER, False, verbose=False, headers=headers, analytics_enabled=False)
    OPEN.add(client)
    return client


def ask(text, client, request: gr.Request):
    client = client or own_client(request)
    client.predict(handle_file(PICTURE), api_name="/image_filepath")
    return client.predict(text, api_name="/header_param"), client


def ask_shared(text):
    if not SHARED:
        SHARED.append(Client(OTHER, False, verbose=False, analytics_enabled=False))
    return SHARED[0].predict(text, api_name="/header_param")


def clients():
    return len(OPEN)


with gr.Blocks(title="visitors") as demo:
    mine = gr.State(None, delete_callback=lambda client: client.close())
    text = gr.Textbox()
    answer = gr.Textbox()
    count = gr.Number()
    button = gr.Button()
    button.click(ask, [text, mine], [answer, mine], api_name="ask", concurrency_limit=20)
    button.click(ask_shared, [text], [answer], api_name="ask_shared", concurrency_limit=20)
    button.click(clients, None, [count], api_name="clients")
if __name__ == "__main__":
    launch(demo)
