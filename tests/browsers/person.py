"""What a person does in a browser that WebDriver drives. Everything waits until it is so, however slow the machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.people import NAME, PASSWORD, answer_of
from tests.processes import wait_for

PATIENCE_S = 60
ROWS = ("Alpha comes first.", "Bravo comes second.", "Charlie comes third.", "Delta comes fourth.", "Echo ends it.")
ANSWER = answer_of(*((n * 2000, n * 2000 + 1900, text) for n, text in enumerate(ROWS)))
FIELD = "textarea[name=text]"
PLAY = "flash-player [data-command=play]"
POINT = """(word, row) => {
    const element = [...document.querySelectorAll("[data-text]")].find((one) => one.textContent.includes(row));
    element.scrollIntoView({block: "center", behavior: "instant"});
    const from = element.firstChild.data.indexOf(word);
    const range = document.createRange();
    range.setStart(element.firstChild, from);
    range.setEnd(element.firstChild, from + word.length);
    const box = range.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
}"""


class Person:
    def __init__(self, driver: WebDriver, url: str, folder: Path) -> None:
        self.driver = driver
        self.url = url
        self.downloads = folder / "downloads"
        self.meant: list[str] = []

    def go(self, address: str) -> None:
        self.driver.get(address if address.startswith("http") else self.url + address)

    def sign_in(self) -> None:
        self.go("/accounts/login/")
        self.find("[name=username], [name=login]").send_keys(NAME)
        self.find("[name=password]").send_keys(PASSWORD, Keys.ENTER)
        self.reads("h1", "^Recordings$")

    def open(self, address: str) -> None:
        """The editor, with its waveform drawn and its buttons there."""
        self.go(address)
        # What follows a pair of keys cannot be known to work before the scripts are there.
        self.wait(
            "editor",
            "() => document.querySelector('[data-overview] *') && document.querySelector('.zoom canvas').width > 300",
        )
        self.wait(
            "word times", "() => performance.getEntriesByType('resource').some(({name}) => /words\\.json/.test(name))"
        )

    def see(self, script: str, *arguments: Any) -> Any:
        """What a function of the page gives."""
        return self.driver.execute_script(f"return ({script})(...arguments)", *arguments)

    def wait(self, what: str, script: str, *arguments: Any, until: Callable[[Any], bool] = bool) -> Any:
        """What the function gives as soon as it is true, or as `until` wants it."""
        seen: list[Any] = []

        def look() -> list[Any]:
            seen[:] = [self.see(script, *arguments)]
            return seen if seen[0] is not None and until(seen[0]) else []  # None: the page is on its way out

        try:
            return wait_for(what, look, PATIENCE_S)[0]
        except AssertionError as error:
            raise AssertionError(f"{error}; last seen: {seen}") from None

    def text(self, selector: str) -> str:
        text: str = self.see("(selector) => document.querySelector(selector)?.textContent.trim() ?? ''", selector)
        return text

    def reads(self, selector: str, pattern: str) -> None:
        """Waits until the first element for the selector has a text like this."""
        self.wait(
            f"{selector} that reads {pattern}",
            "(selector) => document.querySelector(selector)?.textContent.trim() ?? ''",
            selector,
            until=lambda text: re.search(pattern, text) is not None,
        )

    def saved(self) -> None:
        self.reads("[data-status]", "^Saved$")

    def find(self, selector: str) -> WebElement:
        """The first visible one."""

        def visible() -> list[WebElement]:
            with suppress(StaleElementReferenceException):
                return [one for one in self.driver.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()]
            return []

        return wait_for(selector, visible, PATIENCE_S)[0]

    def click(self, selector: str) -> None:
        def clicked() -> bool:
            with suppress(StaleElementReferenceException):  # It came anew meanwhile.
                self.find(selector).click()
                return True
            return False

        wait_for(f"click on {selector}", clicked, PATIENCE_S)

    def click_at(self, x: float, y: float, times: int = 1) -> None:
        actions = ActionBuilder(self.driver)
        actions.pointer_action.move_to_location(round(x), round(y))
        for _ in range(times):
            actions.pointer_action.pointer_down()
            actions.pointer_action.pointer_up()
        actions.perform()

    def press(self, *keys: str) -> None:
        """Keys at once, such as (Keys.ALT, "k")."""
        chain = ActionChains(self.driver)
        for key in keys[:-1]:
            chain.key_down(key)
        chain.send_keys(keys[-1])
        for key in reversed(keys[:-1]):
            chain.key_up(key)
        chain.perform()

    # --- In the editor ------------------------------------------------------------------------------------------------

    def rows(self) -> list[str]:
        rows: list[str] = self.see(
            "() => Array.from(document.querySelectorAll('[data-text]'), (one) => one.textContent)"
        )
        return rows

    def wait_rows(self, *texts: str) -> None:
        """Waits until the rows have these texts."""
        self.wait(
            f"rows {texts}",
            "() => Array.from(document.querySelectorAll('[data-text]'), (one) => one.textContent)",
            until=lambda rows: rows == list(texts),
        )

    def click_word(self, row: str, word: str, times: int = 1) -> None:
        self.click_at(*self.see(POINT, word, row), times)

    def edit(self, row: str, caret: int | None = None) -> None:
        """Opens the row with this text by its button, with the caret before this character."""
        self.see(
            """(text) => {
                const one = [...document.querySelectorAll("[data-utterance]")].find((row) =>
                    row.querySelector("[data-text]").textContent.includes(text));
                one.scrollIntoView({block: "center", behavior: "instant"});
                one.focus({preventScroll: true});
            }""",
            row,
        )
        self.press(Keys.ENTER)
        self.find(FIELD)
        if caret is not None:
            self.see(f"(at) => document.querySelector('{FIELD}').setSelectionRange(at, at)", caret)

    def type(self, text: str) -> None:
        self.driver.switch_to.active_element.send_keys(text)

    def close(self) -> None:
        self.press(Keys.ESCAPE)
        self.wait("closed field", f"() => !document.querySelector('{FIELD}')")

    def ms(self) -> float:
        ms: float = self.see("() => document.querySelector('audio').currentTime * 1000")
        return ms

    def is_playing(self) -> None:
        self.wait(
            "sound",
            "() => { const audio = document.querySelector('audio'); return !audio.paused && audio.currentTime > 0; }",
        )

    def pause(self) -> None:
        self.see("() => document.querySelector('audio').pause()")
        self.wait("silence", "() => !document.querySelector('flash-player[data-playing]')")

    def pause_all(self) -> None:
        self.see("() => document.querySelector('audio')?.pause()")

    # --- What went wrong ----------------------------------------------------------------------------------------------

    def troubles(self) -> list[str]:
        """What the pages complained of since the last look, but for what was meant."""
        said: list[str] = json.loads(
            self.see(
                """() => {
                    const said = sessionStorage.getItem("troubles");
                    sessionStorage.removeItem("troubles");
                    return said ?? "[]";
                }"""
            )
        )
        return [one for one in said if not any(re.search(pattern, one) for pattern in self.meant)]
