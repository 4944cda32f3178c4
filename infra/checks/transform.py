"""The packaged template as CloudFormation gets it, once SAM's transform is done: for checks.

What is granted, exposed and encrypted in the end is not in ``sam.json`` alone: the transform adds
permissions, event sources and stages. It is done here as MiniStack does it, by its interpreter::

    .local/ministack-venv/bin/python -m infra.checks.transform sam.json cloudformation.json
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from infra.places import MINISTACK_PYTHON, ROOT
from infra.template import Template, of_type

#: Where the code is does not matter here, but it has to be somewhere.
_CODE = "s3://bucket/deployment.zip"


class _NoPolicies:
    """The managed policies that a template may name to SAM: ours names none."""

    def load(self) -> dict[str, str]:
        raise LookupError("SAM would attach managed policies")


def transformed(sam: Path, out: Path) -> Template:
    """The template after SAM's transform, which is also written to `out`.

    Raises `subprocess.CalledProcessError` if it cannot be transformed.
    """
    command = [str(MINISTACK_PYTHON), "-m", "infra.checks.transform", str(sam), str(out)]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603  # our own command
    template: Template = json.loads(out.read_text(encoding="utf-8"))
    return template


def main() -> int:
    """The command line."""
    from samtranslator.translator.transform import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
        transform,
    )

    parser = argparse.ArgumentParser(prog="python -m infra.checks.transform", description=__doc__)
    parser.add_argument("sam", type=Path, help="the packaged template")
    parser.add_argument("out", type=Path, help="where the transformed one goes")
    arguments = parser.parse_args()
    # It wants a region, any region, to spell ARNs.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    given = json.loads(arguments.sam.read_text(encoding="utf-8"))
    for function in of_type(given, "AWS::Serverless::Function").values():
        function["CodeUri"] = _CODE
    done = transform(given, {}, _NoPolicies())
    arguments.out.write_text(json.dumps(done, indent=2), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
