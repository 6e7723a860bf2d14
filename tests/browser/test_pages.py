"""Reports in a real browser: opened, clicked, printed and photographed. The pictures are there to be looked at."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from engine.cli.follow import RENEWED
from engine.report import flow
from engine.report.build import report_of
from engine.report.html import as_html
from tests.browser.chromium import BROWSER, DRIVER, chromium, look, picture, printed, requests
from tests.engine.report.journals import TOLD, hostile, write
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import SHOP, Rehearsal, load

PICTURES = Path(__file__).parents[2] / "artifacts" / "browser"
SCENARIO = "node-reinstall.with-primaries"

if not (BROWSER and DRIVER):
    pytest.skip("there is no chromium with its chromedriver here", allow_module_level=True)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        driver.get("about:blank")
        yield driver


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each page there is, as a file: of a real rehearsal, of the worst that hosts can print, and others."""
    folder = tmp_path_factory.mktemp("pages")
    rehearsal = Rehearsal(folder, SCENARIO, ANSWERS[SCENARIO])
    rehearsal.session.settings = replace(rehearsal.session.settings, survey=SHOP.discoverer.diagnose)
    assert rehearsal.go().error is None
    kept = rehearsal.journal.path
    texts = {
        "reinstall": as_html(report_of(kept)),
        "hostile": as_html(report_of(hostile(folder))),
        "killed": as_html(report_of(write(folder, TOLD[:9])), refresh=RENEWED),
        "flow": flow.as_html(flow.flow_of(load("node-reinstall"), load)),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture(params=["reinstall", "hostile", "killed", "flow"])
def page(request: pytest.FixtureRequest, browser: Chrome, pages: dict[str, Path]) -> str:
    """One page, open in the browser."""
    name: str = request.param
    requests(browser)
    look(browser, 1280, 900)
    browser.get(pages[name].as_uri())
    return name


def test_a_page_asks_for_nothing_but_itself_and_the_browser_has_nothing_to_say(
    page: str, browser: Chrome, pages: dict[str, Path]
) -> None:
    assert set(requests(browser)) == {pages[page].as_uri()}
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.scripts.length") == 0


def test_a_page_fits_a_desktop_and_a_phone_in_both_colours(page: str, browser: Chrome) -> None:
    for device, width, height, dark in (("desktop", 1280, 900, False), ("phone", 390, 844, True)):
        look(browser, width, height, dark=dark)
        picture(browser, PICTURES / f"{page}-{device}.png")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_what_is_folded_opens_by_a_click(page: str, browser: Chrome) -> None:
    folded = browser.find_elements(By.CSS_SELECTOR, "details:not([open]) > summary")
    inside = folded[0].find_element(By.XPATH, "following-sibling::*[1]")
    assert not inside.is_displayed()
    folded[0].click()
    assert inside.is_displayed()
    assert browser.get_log("browser") == []


def test_a_page_is_unfolded_on_paper(page: str, browser: Chrome) -> None:
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        script = "return [...document.querySelectorAll('details > :not(summary)')].map(one => one.offsetHeight)"
        assert all(browser.execute_script(script))
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    printed(browser, PICTURES / f"{page}.pdf")
    assert (PICTURES / f"{page}.pdf").read_bytes().startswith(b"%PDF")


def test_the_timeline_is_drawn_to_scale(browser: Chrome, pages: dict[str, Path]) -> None:
    look(browser, 1280, 900)
    browser.get(pages["killed"].as_uri())
    (bar,) = browser.find_elements(By.CSS_SELECTOR, "rect.operator")
    whole = bar.find_element(By.XPATH, "..")
    # The operator was waited for from second 4 to second 64 of 64.
    assert bar.size["width"] / whole.size["width"] == pytest.approx(60 / 64, abs=0.02)


def test_what_a_host_printed_is_text(browser: Chrome, pages: dict[str, Path]) -> None:
    browser.get(pages["hostile"].as_uri())
    assert browser.find_elements(By.CSS_SELECTOR, "script, img") == []
    text = browser.execute_script("return document.body.textContent")
    assert "<script>alert(1)</script>" in text
    assert not re.search("[\x1b\u202e]", text)
