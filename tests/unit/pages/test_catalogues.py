"""Compiling the catalogues."""

import gettext
import os

import pytest
from babel.messages.pofile import PoFileError

from pages.catalogues import compile_stale, main

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "good"\nmsgstr "合格"\n'


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "zh" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    file.write_text(PO, "utf-8")
    return file


def test_a_catalogue_is_compiled_once_and_again_when_it_changes(tmp_path, source):
    assert compile_stale([tmp_path]) == [source.with_suffix(".mo")]
    assert compile_stale([tmp_path]) == []
    later = source.with_suffix(".mo").stat().st_mtime_ns + 1_000_000
    os.utime(source, ns=(later, later))
    assert compile_stale([tmp_path]) == [source.with_suffix(".mo")]


def test_the_compiled_catalogue_speaks_the_language(tmp_path, source):
    assert main([str(tmp_path)]) == 0
    assert gettext.translation("messages", tmp_path, ["zh"]).gettext("good") == "合格"
    assert [each.name for each in source.parent.iterdir() if each.suffix == ".tmp"] == []


def test_a_malformed_catalogue_is_named_and_nothing_is_written(tmp_path, source):
    source.write_text('msgid "good"\nmsgstr "合格"\nnot a catalogue line\n', "utf-8")
    with pytest.raises(PoFileError):
        compile_stale([tmp_path])
    assert not source.with_suffix(".mo").exists()


def test_a_wrong_folder_is_said(tmp_path, capsys):
    assert main([str(tmp_path / "nowhere")]) == 2
    assert "no such folder" in capsys.readouterr().err
