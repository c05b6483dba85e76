"""The page in a real browser, against an emulator, with a log that stands for the workers'."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from local.emulator import Emulator
from tests.support.browser import NOT_LOADED, chromium, tab
from tests.support.emulator import Cloud, short_polls, wait_until
from tests.support.workers_cli import DeadQueue
from worker_ops.console.web.console import Console
from worker_ops.console.web.server import ConsoleServer
from worker_ops.places.place import Place, Service, WorkQueue

HOSTILE = """<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>"""
SAMPLES = ['{"order_id": "o-1"}', '{"order_id": ""}']
TOKEN = "t" * 43


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator, short_polls():
        yield Cloud(emulator)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


class Shown:
    """A service that a page shows: its queue, its dead letters and the log of its workers."""

    def __init__(self, cloud: Cloud, directory: Path) -> None:
        self.queue = DeadQueue(cloud, directory)
        self.topic_arn = cloud.topic()
        self.subscribed_url = cloud.subscribed_queue(self.topic_arn)
        self.saved = directory / "purged"
        self._log = directory / "worker-1.log"
        account = cloud.operator()
        queues = (
            WorkQueue("main", self.queue.url, self.queue.dead_letter_url),
            WorkQueue("bulk", self.subscribed_url, None),
        )
        self.service = Service("orders", queues, self.topic_arn)
        self.place = Place("the box", account, [self.service], directory)

    def console(self, *, can_write: bool = True) -> Console:
        return Console(self.place, [self.service], can_write=can_write, samples=SAMPLES, save_directory=self.saved)

    def log(self, *lines: dict[str, Any]) -> None:
        with self._log.open("a") as file:
            file.writelines(json.dumps({"level": "INFO", **line}) + "\n" for line in lines)


def line(action: str, message_id: str, second: int = 0, **more: Any) -> dict[str, Any]:
    at = f"2026-03-04T05:06:{second:02d}.000Z"
    return {"timestamp": at, "action": action, "message_id": message_id, "receive_count": 1, **more}


@pytest.fixture
def shown(cloud: Cloud, tmp_path: Path) -> Shown:
    return Shown(cloud, tmp_path)


@pytest.fixture
def page(browser: Browser, shown: Shown) -> Iterator[Page]:
    """The page of the service, that may change things."""
    with ConsoleServer(shown.console(), 0) as server, tab(browser) as page:
        page.goto(server.address)
        expect(page.get_by_role("heading", name="The service")).to_be_visible()
        yield page


def look(page: Page, letters: int) -> None:
    page.get_by_role("button", name="Look", exact=True).click()
    of = f"{letters} letters" if letters != 1 else "1 letter"
    expect(page.get_by_text(f"{of} of {letters} that were looked at.")).to_be_visible()


def order_ids(messages: list[dict[str, str]]) -> list[str]:
    return sorted(json.loads(message["Body"])["order_id"] for message in messages)


@pytest.mark.slow
def test_the_address_loses_its_token_and_the_tab_keeps_it(page: Page) -> None:
    assert "token" not in page.url

    page.reload()

    expect(page.get_by_role("heading", name="The service")).to_be_visible()
    assert page.title() == "the box: worker service"


@pytest.mark.slow
def test_without_the_token_the_page_says_what_to_open(browser: Browser, shown: Shown) -> None:
    with ConsoleServer(shown.console(), 0) as server, tab(browser, expected=NOT_LOADED) as page:
        page.goto(server.address.partition("#")[0])

        expect(page.get_by_role("alert")).to_have_text(
            "open the page by the address that was printed: it has the token in it"
        )
        assert page.get_by_role("button").count() == 0


def test_what_happens_is_seen(page: Page, shown: Shown, cloud: Cloud) -> None:
    lane = page.get_by_role("list", name=re.compile("Queue main"))
    expect(lane.locator("[data-count=visible]")).to_have_text("0 waiting")
    cloud.admin("sqs").send_message(QueueUrl=shown.queue.url, MessageBody="m")
    shown.queue.add({"order_id": "o-1"})
    shown.log(line("worker_started", ""), line("message_processed", "m-1"), line("message_rejected", "m-2", error="no"))

    expect(lane.locator("[data-count=visible]")).to_have_text("1 waiting")
    expect(lane.locator("[data-count=dead]")).to_have_text("1 dead letter")
    expect(lane.locator("[data-count=processed]")).to_have_text("1")
    messages = page.get_by_role("region", name="Last messages", exact=True)
    expect(messages.get_by_role("row")).to_have_count(3)
    messages.get_by_label("Show").select_option("rejected")
    expect(messages.get_by_role("row")).to_have_count(2)
    tasks = page.get_by_role("region", name="Tasks", exact=True)
    expect(tasks.get_by_role("row", name=re.compile("worker-1 works 1 1 message_rejected m-2"))).to_be_visible()


@pytest.mark.slow
def test_an_alarm_that_rings_is_said_first(browser: Browser, shown: Shown, cloud: Cloud) -> None:
    cloudwatch = cloud.admin("cloudwatch")
    name = f"{shown.queue.url.rpartition('/')[2]}-age"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        AlarmDescription="workers dead-letters list",
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": shown.queue.url.rpartition("/")[2]}],
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Statistic="Maximum",
        Threshold=60,
    )
    with ConsoleServer(shown.console(), 0) as server, tab(browser) as page:
        page.goto(server.address)
        expect(page.get_by_role("region", name="Alarms")).to_contain_text(name)
        assert page.get_by_role("alert").count() == 0
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="61 s")

        expect(page.get_by_role("alert")).to_contain_text(f"An alarm rings: {name}")


@pytest.mark.slow
def test_one_of_several_services_is_chosen(browser: Browser, shown: Shown, cloud: Cloud, tmp_path: Path) -> None:
    other = Service("bulk", (WorkQueue("main", cloud.queue("bulk")[0], None),))
    console = Console(shown.place, [shown.service, other], can_write=True)
    with ConsoleServer(console, 0) as server, tab(browser) as page:
        page.goto(server.address)
        expect(page.get_by_role("list", name=re.compile("^Queue main"))).to_contain_text("work-")

        page.get_by_role("combobox", name=re.compile("^Service")).select_option("bulk")

        expect(page.get_by_role("list", name=re.compile("^Queue main"))).to_contain_text("bulk-")
        assert page.get_by_role("region", name="Dead letters").count() == 0


def test_a_message_has_a_story(page: Page, shown: Shown) -> None:
    shown.log(
        line("message_failed", "m-7", 1, error="busy", error_type="OSError", delay_seconds=2, duration_seconds=0.5),
        line("message_rejected", "m-7", 3, error="no amount", error_type="Reject", receive_count=2),
    )

    page.get_by_role("region", name="Last messages", exact=True).get_by_role("button", name="m-7").click()

    dialog = page.get_by_role("dialog", name="A message's story")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    expect(dialog.get_by_role("listitem").first).to_contain_text("Try 1; the handler ran 0.500 s.")
    expect(dialog.get_by_role("listitem").last).to_contain_text("Reject no amount")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_message_is_published_with_attributes(page: Page, shown: Shown, cloud: Cloud) -> None:
    form = page.get_by_role("region", name="Publish", exact=True)
    expect(form.get_by_label("Message", exact=True)).to_have_value(SAMPLES[0])
    form.get_by_label("Sample").select_option("1")
    expect(form.get_by_label("Message", exact=True)).to_have_value(SAMPLES[1])
    form.get_by_label("Message", exact=True).fill('{"order_id": "o-9"}')
    form.get_by_role("button", name="Add an attribute").click()
    form.get_by_label("Name of attribute 1").fill("tenant")
    form.get_by_label("Value of attribute 1").fill("t-1")
    form.get_by_label("How often").fill("3")

    form.get_by_role("button", name="Publish").click()

    expect(form.get_by_text(f"3 messages sent to topic {shown.topic_arn.rpartition(':')[2]}.")).to_be_visible()
    envelopes = [json.loads(message["Body"]) for message in cloud.receive(shown.subscribed_url)]
    assert [envelope["Message"] for envelope in envelopes] == ['{"order_id": "o-9"}'] * 3
    assert envelopes[0]["MessageAttributes"]["tenant"]["Value"] == "t-1"


@pytest.mark.slow
def test_a_message_that_cannot_be_sent_is_told(browser: Browser, shown: Shown) -> None:
    with ConsoleServer(shown.console(), 0) as server, tab(browser, expected=NOT_LOADED) as page:
        page.goto(server.address)
        form = page.get_by_role("region", name="Publish", exact=True)
        form.get_by_role("button", name="Add an attribute").click()
        form.get_by_label("Name of attribute 1").fill("AWS.x")
        form.get_by_label("Value of attribute 1").fill("1")

        form.get_by_role("button", name="Publish").click()

        expect(form.get_by_role("status")).to_contain_text("'AWS.x=1' is not NAME=VALUE")


def test_letters_of_one_reason_are_redriven(page: Page, shown: Shown) -> None:
    for number in range(4):
        shown.queue.add({"order_id": f"o-{number}"}, 'no "amount" `x` \\' if number % 2 else "too late", "Reject")
    look(page, 4)

    page.get_by_role("button", name='Redrive those with: no "amount"').click()

    expect(page.get_by_text("2 letters moved back to the queue.")).to_be_visible()
    assert order_ids(shown.queue.waiting()) == ["o-1", "o-3"]
    shown.queue.show_all()
    assert order_ids(shown.queue.dead()) == ["o-0", "o-2"]


@pytest.mark.slow
def test_chosen_letters_are_redriven_and_then_all(page: Page, shown: Shown) -> None:
    ids = [shown.queue.add({"order_id": f"o-{number}"}) for number in range(3)]
    look(page, 3)

    page.get_by_label(f"Choose {ids[1]}").check()
    page.get_by_role("button", name="Redrive 1 chosen letter").click()

    expect(page.get_by_text("1 letter moved back to the queue.")).to_be_visible()
    assert order_ids(shown.queue.waiting()) == ["o-1"]
    page.get_by_role("button", name="Redrive all 2 letters").click()
    expect(page.get_by_text("2 letters moved back to the queue.")).to_be_visible()
    assert order_ids(shown.queue.waiting()) == ["o-0", "o-2"]


def test_a_letter_is_edited_and_sent_back(page: Page, shown: Shown) -> None:
    letter_id = shown.queue.add({"order_id": ""}, "no order_id", "Reject")
    look(page, 1)
    page.get_by_role("button", name=letter_id).click()
    dialog = page.get_by_role("dialog", name="A dead letter")
    expect(dialog.get_by_role("listitem").last).to_contain_text("given up at try 3 by task-1")

    dialog.get_by_label("Its text").fill('{"order_id": "o-7"}')
    dialog.get_by_role("button", name="Send the edited letter back").click()

    expect(page.get_by_text("Sent back as ")).to_be_visible()
    assert order_ids(shown.queue.waiting()) == ["o-7"]
    assert shown.queue.dead() == []


def test_what_was_typed_stays_where_it_cannot_be_sent(page: Page, shown: Shown) -> None:
    letter_id = shown.queue.add({"order_id": ""}, "no order_id", "Reject")
    look(page, 1)
    page.get_by_role("button", name=letter_id).click()
    dialog = page.get_by_role("dialog", name="A dead letter")

    dialog.get_by_label("Its text").fill('{"order_id": "o-7"}\x01')
    dialog.get_by_role("button", name="Send the edited letter back").click()

    expect(dialog.get_by_role("alert")).to_contain_text('the message holds "\\u0001"')
    expect(dialog.get_by_label("Its text")).to_have_value('{"order_id": "o-7"}\x01')
    dialog.get_by_label("Its text").fill('{"order_id": "o-7"}')
    dialog.get_by_role("button", name="Send the edited letter back").click()
    expect(page.get_by_text("Sent back as ")).to_be_visible()
    assert order_ids(shown.queue.waiting()) == ["o-7"]


def test_letters_are_purged_once_that_was_confirmed(page: Page, shown: Shown) -> None:
    shown.queue.add({"order_id": "o-1"})
    look(page, 1)
    page.get_by_role("button", name="Purge all 1 letter").click()
    dialog = page.get_by_role("dialog", name="Purge")
    expect(dialog).to_contain_text("Delete all 1 letter")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert not shown.saved.exists()

    page.get_by_role("button", name="Purge all 1 letter").click()
    page.get_by_role("button", name="Delete all 1 letter").click()

    expect(page.get_by_text("1 letter deleted; they are in ")).to_be_visible()
    (file,) = shown.saved.iterdir()
    assert "o-1" in file.read_text()
    assert shown.queue.dead() == []


def test_a_hostile_message_is_text(page: Page, shown: Shown) -> None:
    letter_id = shown.queue.add(HOSTILE, f"reason {HOSTILE}", HOSTILE)
    shown.log(line("message_rejected", HOSTILE, error=HOSTILE, error_type=HOSTILE))

    messages = page.get_by_role("region", name="Last messages", exact=True)
    messages.get_by_role("button", name=HOSTILE).click()
    expect(page.get_by_role("dialog")).to_contain_text(HOSTILE)
    page.keyboard.press("Escape")
    look(page, 1)
    page.get_by_role("button", name=letter_id).click()
    expect(page.get_by_label("Its text")).to_have_value(HOSTILE)

    assert page.locator("#page img, #page script").count() == 0
    assert page.title() == "the box: worker service"


@pytest.mark.slow
def test_no_text_can_be_made_markup(browser: Browser, shown: Shown) -> None:
    """The page's policy holds even where its own code were to be careless."""
    made = """() => { try { document.body.innerHTML = "<b>x</b>"; return "made" } catch (e) { return e.name } }"""
    refusal = "This document requires 'TrustedHTML' assignment"
    with ConsoleServer(shown.console(), 0) as server, tab(browser, expected=refusal) as page:
        page.goto(server.address)

        assert page.evaluate(made) == "TypeError"


@pytest.mark.slow
def test_a_page_that_only_shows_has_no_buttons_that_change(browser: Browser, shown: Shown) -> None:
    letter_id = shown.queue.add({"order_id": "o-1"})
    with ConsoleServer(shown.console(can_write=False), 0) as server, tab(browser) as page:
        page.goto(server.address)
        expect(page.get_by_text("only shows")).to_be_visible()
        look(page, 1)
        assert page.get_by_role("button", name=re.compile("Redrive|Purge|Publish|Stop")).count() == 0
        page.get_by_role("button", name=letter_id).click()
        dialog = page.get_by_role("dialog", name="A dead letter")
        expect(dialog).to_contain_text('"order_id": "o-1"')
        assert dialog.get_by_role("textbox").count() == 0


def test_it_goes_on_when_its_server_is_started_again(browser: Browser, shown: Shown) -> None:
    with tab(browser, expected=NOT_LOADED) as page:
        with ConsoleServer(shown.console(), 0, TOKEN) as server:
            page.goto(server.address)
            expect(page.get_by_role("heading", name="The service")).to_be_visible()
            port = int(server.address.partition("#")[0].rstrip("/").rpartition(":")[2])
        expect(page.get_by_text("Trying again ...")).to_be_visible()
        shown.log(line("message_processed", "m-1"))

        with ConsoleServer(shown.console(), port, TOKEN):
            expect(page.get_by_text("Trying again ...")).to_have_count(0)
            expect(page.get_by_role("button", name="m-1").first).to_be_visible()


@pytest.mark.slow
def test_the_keyboard_is_enough(page: Page, shown: Shown) -> None:
    shown.log(line("message_processed", "m-1"))
    expect(page.get_by_role("button", name="m-1").first).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the picture"
    opener = page.get_by_role("region", name="Last messages", exact=True).get_by_role("button", name="m-1")
    for _ in range(60):
        page.keyboard.press("Tab")
        if opener.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="A message's story")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


@pytest.mark.slow
def test_everything_has_a_name_for_a_screen_reader(page: Page, shown: Shown) -> None:
    shown.queue.add({"order_id": "o-1"})
    look(page, 1)
    page.get_by_role("button", name="Add an attribute").click()

    nameless = page.evaluate("""() => [...document.querySelectorAll("button, input, select, textarea, a, summary")]
        .filter((one) => !(one.ariaLabel || one.labels?.length || one.textContent.trim()))
        .map((one) => one.outerHTML)""")

    assert nameless == []
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("main").count() == page.get_by_role("navigation").count() == 1


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1400])
def test_it_fits_and_can_be_read(browser: Browser, shown: Shown, scheme: Any, width: int) -> None:
    shown.queue.add({"order_id": "o-1" * 90}, "a reason " * 30)
    shown.log(line("message_rejected", "m-1", error="x" * 300))
    viewport: Any = {"width": width, "height": 800}
    with (
        ConsoleServer(shown.console(), 0) as server,
        tab(browser, viewport=viewport, color_scheme=scheme) as page,
    ):
        page.goto(server.address)
        look(page, 1)

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(LEAST_CONTRAST) >= 4.5


#: The least contrast of a text that is shown to what lies behind it: https://www.w3.org/TR/WCAG22/#contrast-minimum
LEAST_CONTRAST = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [red, green, blue] = channels(colour).slice(0, 3).map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const texts = [...document.querySelectorAll("body *")].filter(
    (element) => element.checkVisibility() && !element.disabled && hasText(element));
  return Math.min(...texts.map((element) => {
    const pair = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  }));
}"""


@pytest.mark.slow
def test_ten_thousand_messages_leave_it_quick(page: Page, shown: Shown) -> None:
    shown.log(*(line("message_processed", f"m-{number}") for number in range(10_000)))

    expect(page.locator("[data-count=processed]").first).to_have_text("10,000")

    assert page.get_by_role("region", name="Last messages", exact=True).get_by_role("row").count() == 101
    page.get_by_role("region", name="Last messages", exact=True).get_by_role("button", name="m-9999").click()
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(1)


@pytest.mark.slow
def test_many_letters_are_counted_and_the_first_ones_shown(page: Page, shown: Shown, cloud: Cloud) -> None:
    for start in range(0, 1_000, 10):
        cloud.admin("sqs").send_message_batch(
            QueueUrl=shown.queue.dead_letter_url,
            Entries=[{"Id": str(one), "MessageBody": f"m-{start + one}"} for one in range(10)],
        )

    page.get_by_role("button", name="Look", exact=True).click()

    expect(page.get_by_text("1,000 letters of 1,000 that were looked at.")).to_be_visible()
    expect(page.get_by_text("The first 200 are shown")).to_be_visible()
    assert wait_until(lambda: cloud.counts(shown.queue.dead_letter_url) == (1_000, 0, 0))
