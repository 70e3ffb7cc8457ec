"""The pictures of a month at HR: one factory with October behind it, asked in three languages."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from hr.config import Server as Settings
from hr.web import create_app
from pages import HTML_LANG
from pages.serve import Server
from tests.unit.hr.test_compare_sheet import xlsx
from tests.unit.hr_web import october, plant
from tests.unit.hr_web.plant import Factory

DESKTOP = (1440, 900)
DOTS_AN_INCH = 96
HOST = "hr.shunda.example"
"""As the payslip names the server; the one of these pictures has another port each time."""
BY_HAND = (
    ("工号", "姓名", "日期", "件数", "工时", "计件工资"),
    ("0317", "张三丰", "2026-10-28", 886, "", 194.92),
    ("0392", "李小梅", "2026-10-28", 668, "", 146.96),
    ("0288", "周大勇", "2026-10-28", 872, "", 226.72),
    ("0105", "赵铁柱", "2026-10-28", 680, "", 149.60),
    ("0221", "刘春生", "2026-10-28", 664, "", 172.64),
    ("0407", "Nguyễn Văn Hùng", "2026-10-28", 688, "", 151.36),
)
"""A sheet kept by hand; in its first row two digits have changed places."""


@contextmanager
def served() -> Iterator[tuple[Factory, str]]:
    with tempfile.TemporaryDirectory(prefix="clockpiece-pictures-") as folder:
        factory = plant.build(Path(folder))
        october.october(factory)
        october.close(factory)
        october.come_late(factory)
        factory.service.fleet.place(plant.DEVICE, "冲压车间", "")
        server = Server(create_app(factory.service, Settings(database="", keys="")), "127.0.0.1:0", 4)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield factory, server.url
        server.stop()
        thread.join(10)
        factory.engine.dispose()


def shoot(browser: Browser, folder: Path) -> int:
    """How many pictures were taken."""
    before = {each.name: each.stat().st_mtime_ns for each in folder.glob("*.png")}
    with served() as (factory, url):
        for language, tag in HTML_LANG.items():
            width, height = DESKTOP
            page = browser.new_page(
                viewport={"width": width, "height": height}, base_url=url, locale=tag, reduced_motion="reduce"
            )
            log_in(page, language)
            _month(page, factory, folder, "" if language == "zh" else f"-{language}")
            page.context.close()
    return sum(before.get(each.name) != each.stat().st_mtime_ns for each in folder.glob("*.png"))


def log_in(page: Page, language: str) -> None:
    page.goto(f"/language/{language}?next=/log-in")
    page.fill("[name=user]", plant.USER)
    page.fill("[name=password]", plant.PASSWORD)
    page.click("button.do")
    page.wait_for_selector(".side")


def _month(page: Page, factory: Factory, folder: Path, suffix: str) -> None:
    month, worker = october.MONTH, factory.keys["0317"]
    for name, path in (
        ("hr-month", f"/payroll/{month}"),
        ("hr-attendance-month", f"/attendance/month/?month={month}&team=*"),
        ("hr-roster", f"/roster/?date={month}-26"),
        ("hr-overtime", f"/overtime/?month={month}"),
        ("hr-charts", f"/charts?month={month}"),
        ("hr-review", f"/payroll/{month}/review"),
        ("hr-corrections", f"/payroll/{month}/corrections"),
        ("hr-papers", f"/pay/papers/{month}"),
        ("hr-settings", "/pay/settings"),
        ("hr-fact", f"/fact/{plant.DEVICE}/1/1"),
    ):
        page.goto(path)
        page.screenshot(path=str(folder / f"{name}{suffix}.png"))
    page.goto(f"/pay/statement/{month}/{worker}")
    page.locator("details").nth(2).locator("summary").click()
    page.screenshot(path=str(folder / f"hr-statement{suffix}.png"))
    page.goto("/compare/")
    page.set_input_files(
        "[name=file]", {"name": "sheet.xlsx", "mimeType": "application/octet-stream", "buffer": xlsx(*BY_HAND)}
    )
    page.click("form[method=post] button.do")
    page.wait_for_selector(".compared")
    page.screenshot(path=str(folder / f"hr-compare{suffix}.png"))
    paper = page.request.get(f"/pay/papers/{month}/payslips.pdf?person={worker}", headers={"Host": HOST})
    _first_sheet(paper.body(), folder / f"payslip{suffix}.png")


def _first_sheet(pdf: bytes, picture: Path) -> None:
    """Drawn by Ghostscript, which only this picture needs; without it the older picture stays."""
    ghostscript = shutil.which("gs")
    if ghostscript is None:
        print(f"{picture.name} was not taken: sudo apt install ghostscript")
        return
    options = ["-q", "-dSAFER", "-sDEVICE=png16m", "-dTextAlphaBits=4", "-dGraphicsAlphaBits=4"]
    sheet = ["-dFirstPage=1", "-dLastPage=1", f"-r{DOTS_AN_INCH}", f"-sOutputFile={picture}", "-"]
    subprocess.run([ghostscript, *options, *sheet], input=pdf, check=True)
