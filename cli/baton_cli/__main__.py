"""``python -m baton_cli``."""

from baton_cli.main import baton

if __name__ == "__main__":
    baton(prog_name="baton")
