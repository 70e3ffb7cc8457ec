"""A PLC that restarts while its machine runs: what no reading can have seen."""

from __future__ import annotations

from pymodbus.client import ModbusTcpClient

from simulators.mill import CounterSpec
from simulators.plc import SimulatedPlc
from tests.unit.simulators.factory import FactTime

SECOND = 1_000_000


def test_a_restart_says_how_many_pieces_were_made_since_the_last_answer():
    now = FactTime()
    with SimulatedPlc(CounterSpec(start=100, session=7), now) as plc:
        plc.mill.run(60)
        now.us += 10 * SECOND
        with ModbusTcpClient(plc.host, port=plc.port) as client:
            answer = client.read_holding_registers(0, count=2, device_id=1)
        assert answer.registers == [110, 7]
        now.us += 7 * SECOND
        done = plc.restart()
        assert (done.at_us, done.unread) == (now.us, 7)
        now.us += 3 * SECOND
        assert (plc.value_at(now.us), plc.session_at(now.us)) == (3, 8)


def test_before_the_first_answer_everything_is_unread():
    now = FactTime()
    with SimulatedPlc(CounterSpec(), now) as plc:
        plc.mill.run(60)
        now.us += 5 * SECOND
        assert plc.restart().unread == 5
