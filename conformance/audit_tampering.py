"""Edits a data folder from outside, as who can write it would: python3 audit_tampering.py DEED FOLDER OLD

OLD is a copy of the folder from earlier.
"""
import glob
import json
import os
import shutil
import sqlite3
import sys

deed, folder, old = sys.argv[1:4]
database = sqlite3.connect(os.path.join(folder, "keyhold.db"), isolation_level=None)
audit = os.path.join(folder, "audit")


def began(stream):
    with open(os.path.join(stream, "00000001.log"), "rb") as file:
        return json.loads(file.readline())["genesis"]["timeMs"]


def newest():
    return max(glob.glob(os.path.join(audit, "*")), key=began)


def segment():
    return max(glob.glob(os.path.join(newest(), "*.log")))


def lines(edit):
    with open(segment(), "rb") as file:
        content = file.read().split(b"\n")[:-1]
    with open(segment(), "wb") as file:
        file.write(b"".join(line + b"\n" for line in edit(content)))


def put_back(condition):
    database.execute("ATTACH ? AS old", (os.path.join(old, "keyhold.db"),))
    database.execute(f"DELETE FROM stored_row WHERE {condition}")
    database.execute(f"INSERT INTO stored_row SELECT * FROM old.stored_row WHERE {condition}")


def insert_entry():
    columns = [column[1] for column in database.execute("PRAGMA table_info(outbox)")]
    text = '{"record":{"eventId":"forged","timeMs":1,"kind":"call","operation":"DeleteEverything"}}'
    known = {"event_id": "forged", "revision": 1, "position": 0, "sequence": 1_000_000, "record": text}
    values = [known.get(column, b"\0" * 32) for column in columns]
    database.execute(f"INSERT INTO outbox VALUES ({','.join('?' * len(columns))})", values)


def forget_newest():
    stream = newest()
    database.execute("DELETE FROM stored_row WHERE kind = 'audit_head' AND id = ?", (os.path.basename(stream),))
    shutil.rmtree(stream)


def forget_all():
    database.execute("DELETE FROM stored_row WHERE kind = 'audit_head'")
    for stream in glob.glob(os.path.join(audit, "*")):
        shutil.rmtree(stream)


def cut_and_put_back():
    put_back("kind = 'audit_head'")
    lines(lambda all: all[: max(2, len(all) // 2) // 2 * 2])


def stray(name):
    with open(os.path.join(newest(), name), "w") as file:
        file.write("hello\n")


DEEDS = {
    "insert an entry into the outbox": insert_entry,
    "remove the newest stream and its row": forget_newest,
    "remove all streams and all rows about them": forget_all,
    "put old rows back and cut the newest stream": cut_and_put_back,
    "put an old index of streams back": lambda: put_back("kind = 'audit_head' AND id = 'streams'"),
    "remove the audit key": lambda: database.execute("DELETE FROM stored_row WHERE kind = 'setting' AND id = 'audit-key'"),
    "edit a record": lambda: lines(lambda all: [line.replace(b"CreateKey", b"CreateKex") for line in all]),
    "cut the newest change": lambda: lines(lambda all: all[: max(i for i, line in enumerate(all) if b'"CreateKey"' in line)]),
    "add a line that is no JSON": lambda: lines(lambda all: [*all[:-1], b"hello", all[-1]]),
    "put a note into a stream": lambda: stray("notes.txt"),
    "put a segment of nine digits into a stream": lambda: stray("000000002.log"),
}

DEEDS[deed]()
database.close()
