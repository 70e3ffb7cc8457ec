"""Accounts, keys and the one-time installation."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hr import accounts
from hr.accounts import AlreadyInstalled, BadKeys, Installation, Keys, KnownUser, WeakPassword, init
from hr.config import load_config
from hr.service import opened
from settings import ConfigError
from sync.wire.envelope import fingerprint, public_from_text

PASSWORD = "correct horse"


def test_an_installation_can_be_opened_and_signed_in_to(tmp_path: Path):
    made = init(tmp_path / "hr", "wang", PASSWORD, Installation(plant='永鑫 "塑料"'))
    config = load_config(made.config).hr
    service = opened(config, lambda: 0)
    assert service.office.plant.name == '永鑫 "塑料"'
    assert service.office.keys.public_text == made.public_key
    assert service.verify("wang", PASSWORD)
    service.close()


def test_the_fingerprint_is_that_of_the_public_key(tmp_path: Path):
    made = init(tmp_path, "wang", PASSWORD)
    assert fingerprint(public_from_text(made.public_key)) == made.fingerprint


def test_key_files_are_for_their_owner_only(tmp_path: Path):
    init(tmp_path, "wang", PASSWORD)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


@pytest.mark.parametrize("left", ["hr.toml", "hr.db", "keys"])
def test_it_is_never_installed_over_anything(tmp_path: Path, left: str):
    (tmp_path / left).touch()
    with pytest.raises(AlreadyInstalled, match=left):
        init(tmp_path, "wang", PASSWORD)


@pytest.mark.parametrize(
    ("username", "password"), [("wang", "short"), ("wang-fang-hr", "wang-fang-hr"), (" ", PASSWORD)]
)
def test_a_weak_password_is_refused_before_anything_is_made(tmp_path: Path, username: str, password: str):
    with pytest.raises(WeakPassword):
        init(tmp_path / "hr", username, password)
    assert not (tmp_path / "hr").exists()


def test_a_wrong_password_and_an_unknown_name_are_refused(tmp_path: Path):
    service = opened(load_config(init(tmp_path, "wang", PASSWORD).config).hr, lambda: 0)
    assert not service.verify("wang", PASSWORD + "!")
    assert not service.verify("nobody", PASSWORD)
    service.close()


def test_another_person_can_be_let_in_once(tmp_path: Path):
    service = opened(load_config(init(tmp_path / "hr", "wang", PASSWORD).config).hr, lambda: 0)
    service.add_user("zhao", PASSWORD)
    assert service.verify("zhao", PASSWORD)
    with pytest.raises(KnownUser):
        service.add_user("zhao", "another password")
    with pytest.raises(WeakPassword):
        service.add_user("li", "short")
    service.close()


def test_an_unknown_name_costs_a_hash_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    service = opened(load_config(init(tmp_path, "wang", PASSWORD).config).hr, lambda: 0)
    checked: list[str] = []
    real = accounts.hash_matches

    def noted(stored: str, given: str) -> bool:
        checked.append(stored)
        return real(stored, given)

    monkeypatch.setattr(accounts, "hash_matches", noted)
    for name in ("wang", "nobody"):
        service.verify(name, "wrong password")
    assert [each.startswith("$argon2id$") for each in checked] == [True, True]
    service.close()


def test_keys_do_not_show_in_a_log(tmp_path: Path):
    assert repr(Keys.generate()) == "Keys()"


@pytest.mark.parametrize("content", [None, b"not a key"])
def test_a_key_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None):
    Keys.generate().save(tmp_path)
    file = tmp_path / "signing.pem"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadKeys, match=r"signing\.pem"):
        Keys.load(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "wanted"), [("signing.pem", r"signing\.pem.*Ed25519"), ("sealing.pem", r"sealing\.pem.*X25519")]
)
def test_a_key_of_another_kind_is_named(tmp_path: Path, wrong: str, wanted: str):
    Keys.generate().save(tmp_path)
    other = {"signing.pem": "sealing.pem", "sealing.pem": "signing.pem"}[wrong]
    (tmp_path / wrong).write_bytes((tmp_path / other).read_bytes())
    with pytest.raises(BadKeys, match=wanted):
        Keys.load(tmp_path)


def test_boxes_are_told_a_new_sealing_key(tmp_path: Path):
    config = load_config(init(tmp_path, "wang", PASSWORD).config).hr
    before = opened(config, lambda: 0)
    old = before.editions.reference()
    (tmp_path / "keys" / "sealing.pem").unlink()
    after = opened(config, lambda: 0)
    assert after.editions.reference().version > old.version
    assert after.editions.reference().sealing_key != old.sealing_key
    before.close()
    after.close()


def test_an_installation_older_than_sealing_gets_its_key_once(tmp_path: Path):
    init(tmp_path, "wang", PASSWORD)
    (tmp_path / "keys" / "sealing.pem").unlink()
    first, again = Keys.load(tmp_path / "keys"), Keys.load(tmp_path / "keys")
    assert first.sealing.private_bytes_raw() == again.sealing.private_bytes_raw()
    assert sorted(file.name for file in (tmp_path / "keys").iterdir()) == [
        "ca.key",
        "ca.pem",
        "cookie.secret",
        "sealing.pem",
        "signing.pem",
    ]
    assert stat.S_IMODE((tmp_path / "keys" / "sealing.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('timezone = "Mars/Olympus"', "hr.timezone"),
        ('lissten = "x:1"', "hr.lissten"),
        ('listen = "nowhere"', "hr.listen"),
        ('language = "fr"', "hr.language"),
    ],
)
def test_a_bad_setting_refuses_to_start_and_names_the_key(tmp_path: Path, line: str, key: str):
    file = tmp_path / "hr.toml"
    file.write_text(f'[hr]\ndatabase = "sqlite:///x"\nkeys = "k"\n{line}\n')
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert caught.value.key == key
