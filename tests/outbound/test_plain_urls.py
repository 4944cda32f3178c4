"""URLs that are fine, and how they are read."""

import pytest

from chalicelib.outbound import urls


@pytest.mark.parametrize(
    ("text", "host", "port", "path"),
    [
        ("https://example.com", "example.com", 443, "/"),
        ("http://example.com/", "example.com", 80, "/"),
        ("HTTPS://Example.COM/A?b=C#d", "example.com", 443, "/A?b=C"),
        ("https://example.com:8443/hook", "example.com", 8443, "/hook"),
        ("https://example.com:/hook", "example.com", 443, "/hook"),
        ("https://example.com.:443/", "example.com", 443, "/"),
        ("https://example.com?q=@:/", "example.com", 443, "/?q=@:/"),
        (
            "https://example.com/a@b:c//d;e,f=$&'()*+!~",
            "example.com",
            443,
            "/a@b:c//d;e,f=$&'()*+!~",
        ),
        ("https://example.com/%0d%0a%2e%2e/", "example.com", 443, "/%0d%0a%2e%2e/"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/"),
        ("https://a_b.c-d.example.museum/", "a_b.c-d.example.museum", 443, "/"),
        ("https://1e100.net/", "1e100.net", 443, "/"),
        ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
        ("https://[2606:4700:4700::1111]/", "2606:4700:4700::1111", 443, "/"),
        ("https://[2606:4700:4700:0::1111]:8080/", "2606:4700:4700::1111", 8080, "/"),
    ],
)
def test_it_is_read_into_its_parts(text: str, host: str, port: int, path: str) -> None:
    url = urls.parse(text, ())
    assert (url.host, url.port, url.path) == (host, port, path)
    assert urls.parse(str(url), ()) == url
