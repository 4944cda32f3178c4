"""A CloudFormation on the loopback that says what it is told to say, in AWS's own XML.

It serves for what MiniStack does not do: fail half-way, take its time, answer in pages.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

STACK_ID = "arn:aws:cloudformation:eu-central-1:111111111111:stack/baton-prod/0a1b"
_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


@dataclass(frozen=True, slots=True)
class Script:
    """Action → its answers, one after the other; the last one stays. `asked` is what was asked."""

    answers: Mapping[str, list[str]]
    asked: list[dict[str, str]] = field(default_factory=list)

    def next_answer(self, action: str) -> str:
        """What to say now."""
        answers = self.answers[action]
        result = answers.pop(0) if len(answers) > 1 else answers[0]
        return (
            f'<{action}Response xmlns="{_NAMESPACE}"><{action}Result>{result}</{action}Result>'
            f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
        )

    def actions(self) -> list[str]:
        """What was asked for, in order."""
        return [each["Action"] for each in self.asked]


@contextmanager
def serve(script: Script) -> Iterator[str]:
    """The endpoint, while it is there."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the server asks for it by this name
            length = int(self.headers["Content-Length"])
            asked = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            script.asked.append(asked)
            body = script.next_answer(asked["Action"]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def stack(status: str) -> str:
    """DescribeStacks."""
    return (
        f"<Stacks><member><StackId>{STACK_ID}</StackId><StackName>baton-prod</StackName>"
        f"<StackStatus>{status}</StackStatus><CreationTime>2026-03-01T00:00:00Z</CreationTime>"
        "<Parameters><member><ParameterKey>Capacity</ParameterKey>"
        "<ParameterValue>3</ParameterValue></member></Parameters></member></Stacks>"
    )


def change_set(status: str, *changes: str, reason: str = "", next_token: str = "") -> str:
    """DescribeChangeSet."""
    token = f"<NextToken>{next_token}</NextToken>" if next_token else ""
    return (
        f"<ChangeSetId>change-set-1</ChangeSetId><Status>{status}</Status>"
        f"<StatusReason>{escape(reason)}</StatusReason>"
        f"<Changes>{''.join(changes)}</Changes>{token}"
    )


def change(action: str, name: str, kind: str = "AWS::DynamoDB::Table", **more: str) -> str:
    """One change of a change set."""
    parts = "".join(f"<{key}>{value}</{key}>" for key, value in more.items())
    return (
        f"<member><Type>Resource</Type><ResourceChange><Action>{action}</Action>"
        f"<LogicalResourceId>{name}</LogicalResourceId><ResourceType>{kind}</ResourceType>{parts}"
        "<Details><member><Target><Attribute>Properties</Attribute><Name>KeySchema</Name>"
        "<RequiresRecreation>Always</RequiresRecreation></Target><Evaluation>Static</Evaluation>"
        "<ChangeSource>DirectModification</ChangeSource></member></Details>"
        "</ResourceChange></member>"
    )


def events(*listed: tuple[str, str, str, str, str]) -> str:
    """DescribeStackEvents: id, logical name, type, status, reason, as AWS newest first."""
    members = "".join(
        f"<member><StackId>{STACK_ID}</StackId><EventId>{number}</EventId>"
        f"<StackName>baton-prod</StackName><LogicalResourceId>{name}</LogicalResourceId>"
        f"<ResourceType>{kind}</ResourceType><Timestamp>2026-03-01T12:00:00Z</Timestamp>"
        f"<ResourceStatus>{status}</ResourceStatus>"
        + (f"<ResourceStatusReason>{escape(reason)}</ResourceStatusReason>" if reason else "")
        + "</member>"
        for number, name, kind, status, reason in listed
    )
    return f"<StackEvents>{members}</StackEvents>"
