"""The command line: `space-tools`, or `python -m space_tools` where that is not on PATH."""


def main() -> None:
    """Runs it; Ctrl-C ends it quietly even while it is imported."""
    try:
        from space_tools.cli import main as run
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    run()


if __name__ == "__main__":
    main()
