"""The fictional plant as HR takes it: simulators and HR speak of the same people, badges and prices."""

from __future__ import annotations

from pathlib import Path

import pytest

from hr.accounts import Keys
from hr.pay.terms.lists import PayList
from hr.people.csv_import import Kind
from hr.service import HrService
from hr.store import engine, upgrade
from simulators.plant import load_plant


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hr_takes_every_file_of_the_plant(tmp_path: Path, language: str):
    database = engine(f"sqlite:///{tmp_path / 'hr.db'}")
    upgrade(database)
    service = HrService(database, Keys.generate(), lambda: 1_795_392_000_000_000)
    plant = load_plant(language)
    for name, file in plant.csv_files():
        service.catalogue.import_csv(Kind(name), file.read_bytes())
    for file in plant.pay_files():
        service.terms.import_list(PayList(file.stem), file.read_bytes(), "zhoumin")
    agreed = set(service.terms.terms())
    assert {each.number for each in service.people.listed() if each.id in agreed} == {
        each.number for each in plant.workers
    }
    reference = service.editions.reference()
    database.dispose()
    assert [person.name for person in reference.people] == [person.name for person in plant.people]
    assert {badge.key for badge in reference.badges} == {row.badge for row in plant.badges}
    assert {order.machine: order.price for order in reference.orders} == {"M03": "0.0118", "M02": "0.0096"}
    assert [(shift.start_min, shift.end_min) for shift in reference.shifts] == [(480, 1020), (1200, 1740)]
