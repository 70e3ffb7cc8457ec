"""The people of the tests: fictional, always the same, and one stranger who must be refused everywhere."""

from __future__ import annotations

from sync.wire.reference_data import Badge, Directory, Machine, Order, Person, Reference, Role, Shift

WANG = Person("0190a000-0000-7000-8000-000000000001", "E001", "王芳", team="A")
LI = Person("0190a000-0000-7000-8000-000000000002", "E002", "李强", team="A")
NGUYEN = Person("0190a000-0000-7000-8000-000000000003", "E003", "Nguyễn Thị Hoa", team="B", language="vi")
ZHANG = Person("0190a000-0000-7000-8000-000000000009", "S001", "张伟", role=Role.SUPERVISOR)

WANG_BADGE = "EM4100:1000000001"
LI_BADGE = "EM4100:1000000002"
NGUYEN_BADGE = "EM4100:1000000003"
ZHANG_BADGE = "EM4100:1000000009"
LOST_BADGE = "EM4100:100000000F"
"""Reported lost by Wang: blocked."""
STRANGERS_BADGE = "EM4100:DEADBEEF00"
"""In nobody's list."""
STRANGER = "0190a000-0000-7000-8000-00000000dead"
"""A person key that HR never gave."""

PRESS, LATHE = "press-1", "lathe-1"
CAPS = Order("order-caps", PRESS, "cap-40", "瓶盖 40", "press", "冲压", 10_000, price="0.05")
RINGS = Order("order-rings", LATHE, "ring-12", "垫圈 12", "turn", "车削", 5_000, pieces_per_count=2, price="0.11")
DAY = Shift("day", "白班", 8 * 60, 20 * 60)
NIGHT = Shift("night", "夜班", 20 * 60, 32 * 60)

REFERENCE = Reference(
    version=1,
    plant="测试厂",
    people=[WANG, LI, NGUYEN, ZHANG],
    badges=[
        Badge(WANG_BADGE, WANG.id),
        Badge(LI_BADGE, LI.id),
        Badge(NGUYEN_BADGE, NGUYEN.id),
        Badge(ZHANG_BADGE, ZHANG.id),
        Badge(LOST_BADGE, WANG.id, blocked=True),
    ],
    machines=[Machine(PRESS, "1号冲床"), Machine(LATHE, "1号车床")],
    orders=[CAPS, RINGS],
    shifts=[DAY, NIGHT],
)
DIRECTORY = Directory(REFERENCE)
NOBODY_KNOWN = Directory()
"""HR has never been reached."""
