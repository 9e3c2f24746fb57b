"""Why a file cannot be taken."""


class FileProblem(Exception):
    """Says what is wrong with one file, in words that follow its name: "is not a file"."""


def size_words(size: int) -> str:
    """A number of bytes as a person reads it: `512 bytes`, `1.5 MB`."""
    amount, unit = float(size), "bytes"
    for unit in ("bytes", "KB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            break
        amount /= 1024
    return f"{amount:.4g} {unit}"
