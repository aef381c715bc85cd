"""No crafted address, header or target leads into another agency or out of the site."""

import pytest
from django.core.cache import cache
from django.test import Client

from tests.agencies import PASSWORD
from tests.isolation.twins import Twin, signed_in

pytestmark = pytest.mark.usefixtures("other_unchanged")


@pytest.mark.parametrize(
    "path",
    [
        "/a/xinghe%2f..%2fbeichen/", "/a/xinghe/../beichen/", "/a/xinghe/%2e%2e/beichen/", "/a/BEICHEN/", "/a/Beichen/",
        "//a/beichen/", "/a//beichen/", "/a/beichen//", "/a/beichen%00/", "/a/beichen%0a/", "/a/beichen/%0a/brands/",
        "/a/b%65ichen/", "/me/beichen/", "/A/beichen/", "/a/beichen;/", "/a/xinghe/a/beichen/", "/a/beichen%20/",
        "/a/ｂeichen/", "/a/beichen/brands/?agency=xinghe", "/a/../a/beichen/", "/a/beichen", "/a/1/", "/a/-/",
    ],
)  # fmt: skip
def test_no_spelling_of_the_address_opens_another_agency(twins: tuple[Twin, Twin], path: str) -> None:
    own, other = twins
    response = own.client().get(path, follow=True)
    assert response.status_code == 404
    assert other.mark not in response.content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "DELETE"}, {"X-Forwarded-Host": "evil.test"}, {"X-Script-Name": "/a/beichen"},
        {"X-Original-URL": "/a/beichen/brands/"}, {"X-Rewrite-URL": "/a/beichen/brands/"}, {"X-Agency": "beichen"},
    ],
)  # fmt: skip
def test_headers_and_fields_choose_no_agency(twins: tuple[Twin, Twin], headers: dict[str, str]) -> None:
    own, other = twins
    for method in ("get", "post"):
        answer = getattr(own.client(), method)(
            "/a/xinghe/brands/", {"_method": "DELETE", "agency": other.agency.pk}, headers=headers
        )
        assert answer.status_code == (200 if method == "get" else 405)
        assert other.mark not in answer.content.decode()


def test_the_server_ignores_a_script_name_of_the_client(twins: tuple[Twin, Twin]) -> None:
    answer = twins[0].client().get("/brands/", SCRIPT_NAME="/a/beichen")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test/", "/\\evil.test", "https:evil.test", "javascript:alert(1)"]
)
def test_nothing_redirects_to_another_site(twins: tuple[Twin, Twin], target: str) -> None:
    cache.clear()  # sign-ins of other tests count towards the same limit
    user = twins[0].user()
    with_next = f"?next={target}"
    answer = Client().post(f"/accounts/login/{with_next}", {"login": user.email, "password": PASSWORD, "next": target})
    assert answer.status_code == 302 and answer.headers["Location"] == "/"
    language = Client().post("/i18n/setlang/", {"language": "en", "next": target}, headers={"Referer": target})
    assert language.headers["Location"] in ("/", "")
    out = signed_in(user).post(f"/accounts/logout/{with_next}", {"next": target})
    assert out.status_code == 302 and "evil" not in out.headers["Location"]
    assert "evil" not in signed_in(None).get(f"/a/xinghe/{with_next}").headers["Location"].split("?")[0]
