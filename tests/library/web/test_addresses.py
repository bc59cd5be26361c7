from ipaddress import ip_address

import pytest
from yarl import URL

from learncomm_agent.errors import LinkError
from learncomm_agent.library.web.addresses import (
    checked,
    is_public,
    is_same_page,
    named_by_page,
    plain,
    shown,
)

REFUSED = [
    *("http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/"),
    *("http://0177.0.0.1/", "http://127.0.0.01/", "http://017700000001/", "http://1.2.3/"),
    *("http://1.2.3.4.5/", "http://256.1.1.1/", "http://0/", "http://127.0.0.1.0x1/"),
    *("http://localhost/", "http://LOCALHOST./", "http://a.localhost/", "http://printer.local/"),
    *("http://metadata.google.internal/", "http://router.lan/", "http://intranet/", "http://a..b/"),
    *("http://-a.example/", "http://ex%2eample.org/", "http://example.org%00.evil/", "http://./"),
    *("http://[fe80::1%25eth0]/", "http://[v1.x]/", "http://a_.123/", "http://ex!ample.org/"),
    *("http://example.org:22/", "http://example.org:25/", "http://example.org:0/"),
    *("http://example.org:6667/", "http://example.org:6000/", "http://xn--/"),
    f"http://{'a' * 64}.org/",
    f"http://{'abcdefgh.' * 30}org/",
]
MALFORMED = [
    *("", " ", "herons", "example.org", "//example.org", "http:", "http:///x", "http:example.org"),
    *("ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)"),
    *("data:text/html,x", "unix:///run/docker.sock", "http+unix://x/", "jar:http://e.org!/"),
    *("http://example.org:99999/", "http://example.org:80:80/", "http://[::1", "http://]/"),
    *("http://example.org\\@127.0.0.1/", "http://exa mple.org/", "http://exa\tmple.org/"),
    *("http://example.org/\r\nX-Evil: 1", "http://example.org/\0", "http://\u202eexample.org/"),
    f"http://example.org/{'a' * 2_000}",
]
WITH_SECRETS = [
    *("http://ann@example.org/", "http://ann:pw@example.org/", "http://:@example.org/"),
    "http://example.org@127.0.0.1/",
]
PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1"),
    *("172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200"),
    *("168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9"),
    *("192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8"),
    *("fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1", "5f00::1"),
    *("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001::1"),
    *("2001:0:7f00:1::", "2001:db8::1", "2001:20::1", "3fff::1"),
]
PUBLIC = ["8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1", "2a00:1450::2"]


@pytest.mark.parametrize("address", REFUSED)
def test_a_host_or_port_that_is_no_place_of_pages_is_refused(address: str) -> None:
    with pytest.raises(LinkError) as caught:
        checked(address)
    assert caught.value.advice.phrase in ("error.link_refused", "error.link_address")


@pytest.mark.parametrize("address", MALFORMED)
def test_what_is_no_address_of_a_page_is_said_to_be_none(address: str) -> None:
    with pytest.raises(LinkError) as caught:
        checked(address)
    assert caught.value.advice.phrase == "error.link_address"


@pytest.mark.parametrize("address", WITH_SECRETS)
def test_an_address_with_a_name_or_password_is_refused_and_shown_without(address: str) -> None:
    with pytest.raises(LinkError) as caught:
        checked(address)
    assert caught.value.advice.phrase == "error.link_password"
    assert "ann" not in f"{caught.value} {caught.value.advice.values}"


@pytest.mark.parametrize("machine", PRIVATE)
def test_a_machine_that_is_not_for_everyone_is_not_public(machine: str) -> None:
    assert not is_public(ip_address(machine))


@pytest.mark.parametrize("machine", PUBLIC)
def test_a_machine_in_the_public_network_is_public(machine: str) -> None:
    assert is_public(ip_address(machine))


@pytest.mark.parametrize(
    ("given", "looked_up"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        (" https://example.org./a#part ", "https://example.org/a"),
        ("https://example.org:443/a?b=c%20d", "https://example.org/a?b=c%20d"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("https://bücher.example/größe", "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),  # by its number: whoever connects refuses it
        ("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    ],
)
def test_an_address_is_looked_up_in_one_form(given: str, looked_up: str) -> None:
    assert str(checked(given)) == looked_up


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://e.org/a?utm_source=x&utm_medium=y", "https://e.org/a"),
        ("https://e.org/a?fbclid=1&id=2&gclid=3#part", "https://e.org/a?id=2"),
        ("https://e.org/a?b=%20c&&a", "https://e.org/a?b=%20c&a"),
        ("https://e.org/a?pk_id=1&ref=2&session=3", "https://e.org/a?pk_id=1&ref=2&session=3"),
    ],
)
def test_one_page_is_one_address_however_somebody_came_there(given: str, kept: str) -> None:
    assert plain(URL(given)) == kept


@pytest.mark.parametrize(
    ("before", "now", "can_be"),
    [
        ("http://e.org/a", "https://e.org/a", True),
        ("https://e.org/a", "https://www.e.org/2025/a?id=3", True),
        ("https://e.org/a", "https://e.org/logins-explained", True),
        ("https://e.org/help/login", "https://e.org/guide/login", True),
        ("https://e.org/", "https://e.org/?lang=en", True),
        ("https://e.org/a", "https://e.org/?lang=en", False),
        ("https://e.org/a", "https://e.org/en/Sign-In", False),
        ("https://e.org/a?b=1", "https://e.org/welcome?next=%2Fa%3Fb%3D1", False),
        ("https://e.org/a", "https://other.org/a", False),
    ],
)
def test_where_a_page_leads_is_that_page_or_another(before: str, now: str, can_be: bool) -> None:
    assert is_same_page(before, now) is can_be


@pytest.mark.parametrize(
    ("named", "believed"),
    [
        ("/b", "https://www.e.org/b"),
        ("https://e.org/b?utm_source=x#y", "https://e.org/b"),
        ("//e.org/b", "https://e.org/b"),
        ("http://www.e.org/a?page=2", "http://www.e.org/a?page=2"),
        ("https://www.e.org/a?utm_source=x", None),
        ("/", None),
        ("https://other.org/a", None),
        ("https://sub.e.org/a", None),
        ("https://ann:pw@e.org/b", None),
        ("http://[::1", None),
        ("javascript:alert(1)", None),
        ("", None),
        (None, None),
    ],
)
def test_a_page_is_believed_about_its_own_host_alone(
    named: str | None, believed: str | None
) -> None:
    assert named_by_page(URL("https://www.e.org/a"), named) == believed


def test_an_address_is_shown_short_and_without_its_query() -> None:
    assert shown("https://e.org/a/?token=secret#b") == "e.org/a"
    assert shown(f"https://e.org/{'a' * 100}") == f"e.org/{'a' * 53}…"
