"""`python -m optimizer`: the engine's shell without the service."""

from optimizer.cli import app

if __name__ == "__main__":
    app()
