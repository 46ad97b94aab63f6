"""Edits the database of a data folder as any program can: altered_database.py FILE COMMAND [ARGUMENT ...].

copy KIND       prints the newest row of a kind as JSON
put ROW         puts a row that was copied in the place of the one that is there
sql STATEMENT   runs a statement
"""

import json
import sqlite3
import sys

file, command, argument = sys.argv[1:4]
database = sqlite3.connect(file, timeout=10)


def plain(value):
    return {"hex": value.hex()} if isinstance(value, bytes) else value


def stored(value):
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value


if command == "copy":
    cursor = database.execute("SELECT * FROM stored_row WHERE kind = ? ORDER BY rowid DESC LIMIT 1", (argument,))
    print(json.dumps([plain(value) for value in cursor.fetchone()]))
elif command == "put":
    row = [stored(value) for value in json.loads(argument)]
    database.execute("DELETE FROM stored_row WHERE kind = ? AND id = ?", row[:2])
    database.execute(f"INSERT INTO stored_row VALUES ({','.join('?' * len(row))})", row)
else:
    database.execute(argument)
database.commit()
database.close()
