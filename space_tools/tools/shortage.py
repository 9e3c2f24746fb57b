"""An app's error that ZeroGPU gave no GPU, told again so that its reader knows what to do."""

from datetime import UTC, datetime

from space_tools.credentials import Credentials
from space_tools.errors import AppError, QuotaExceeded
from space_tools.gradio.app import GradioApp
from space_tools.hub.quota import Quota, recent_quota
from space_tools.hub.shortages import describe_shortage, parse_shortage
from space_tools.schema.text import one_line


async def explained(error: AppError, app: GradioApp, credentials: Credentials) -> AppError:
    """The same error, or `QuotaExceeded` with a sentence that says what is left and until when.

    If the call was counted on the account of the caller's token, the Hub is asked what that has
    left, for two seconds at most.
    """
    shortage = parse_shortage(error.message, error.title)
    if shortage is None:
        return error
    sentence = describe_shortage(
        shortage,
        datetime.now(UTC),
        quota=await _quota(app, credentials),
        with_token=bool(credentials.hf_token or credentials.ip_token),
    )
    said = one_line(error.message, 300)
    return QuotaExceeded(sentence, asked=shortage.asked, left=shortage.left, said=said)


async def _quota(app: GradioApp, credentials: Credentials) -> Quota | None:
    """An IP token says for whom the call was, who need not be the token's owner."""
    if app.kind != "space" or credentials.ip_token or not credentials.hf_token:
        return None
    return await recent_quota(credentials.hf_token)
