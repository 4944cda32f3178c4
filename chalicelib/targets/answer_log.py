"""What a run's log shows of an HTTP answer: text, without secrets, and not too long."""

import re
from typing import Final

from chalicelib.jobs.context import JobContext
from chalicelib.outbound.http_client import Answer
from chalicelib.outbound.redaction import Redactor

SHOWN_BYTES: Final = 4096
_LONGEST_SHOWN_HEADER: Final = 200
_LONGEST_FAULT: Final = 500
#: The headers of an answer that the run's log shows.
_SHOWN_HEADERS: Final = (
    "content-type",
    "content-length",
    "date",
    "location",
    "retry-after",
    "server",
    "www-authenticate",
    "request-id",
    "x-request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "traceparent",
    "cf-ray",
)
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)
#: Of Python's codecs, those that are in use on the web. Others do more than to decode text.
_OF_THE_WEB: Final = re.compile(
    r"(us-)?ascii|utf-?8|utf-?(16|32)(le|be|-le|-be)?|latin-?1|iso-?8859-\d{1,2}"
    r"|(windows-|cp)125\d|windows-31j|macintosh|koi8-[ru]|ibm866"
    r"|gb2312|gbk|gb18030|big5(-hkscs)?|shift[_-]jis|euc-(jp|kr)|iso-2022-jp",
    re.IGNORECASE,
)
_NOT_DECODED: Final = "\N{REPLACEMENT CHARACTER}"


def bytes_to_read(redact: Redactor) -> int:
    """How much of a body has to be read to show its beginning without secrets."""
    return SHOWN_BYTES + redact.margin


def write(answer: Answer, context: JobContext, redact: Redactor) -> None:
    """Log the status and some headers; then the body, and what is wrong with it."""
    headers = {
        name: redact(answer.headers[name])[:_LONGEST_SHOWN_HEADER]
        for name in _SHOWN_HEADERS
        if name in answer.headers
    }
    context.log(f"The target answered {answer.status}", status=answer.status, headers=headers)
    if text := _shown(answer, redact):
        # A line of its own, as the text of a line may be longer than the data that goes with it.
        context.log(text, part="body")
    if answer.body_fault is not None:
        fault = redact(answer.body_fault)[:_LONGEST_FAULT]
        context.log(f"The rest of the body cannot be shown: {fault}", level="warning")


def _shown(answer: Answer, redact: Redactor) -> str:
    """The beginning of the answer's body as text without secrets, at most 4 KiB in UTF-8."""
    text = _decoded(answer.body, answer.headers.get("Content-Type", ""))
    if "\0" in text:
        return "(The body is not text.)"
    text = _without_secrets(text, redact)
    if answer.body_fault is not None or len(answer.body) >= bytes_to_read(redact):
        # The end may be the beginning of a secret, which nothing recognises.
        text = text[: max(len(text) - redact.margin, 0)]
    return text.encode("utf-8", "replace")[:SHOWN_BYTES].decode("utf-8", "ignore")


def _decoded(body: bytes, content_type: str) -> str:
    """The body by the charset of its content type; as UTF-8 if that is not given or not known."""
    given = _CHARSET.search(content_type)
    charset = given[1] if given and _OF_THE_WEB.fullmatch(given[1]) else "utf-8"
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _without_secrets(text: str, redact: Redactor) -> str:
    """The text with its secrets taken out, also those with bytes in them that are not decoded."""
    decoded = text.replace(_NOT_DECODED, "")
    return redact(text if redact(decoded) == decoded else decoded)
