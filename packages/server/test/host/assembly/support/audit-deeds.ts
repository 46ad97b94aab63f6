import { rmSync } from 'node:fs'
import { serve, verifyFolder } from '../../../../src/index.ts'
import type { Earlier, State, TamperedFolder } from './tampered-folder.ts'

export type Deed = (folder: TamperedFolder) => void

/** What can be done to one thing. What is left out does not exist, for the reason beside it. */
interface Deeds {
  /** Where there is such a thing; in both unless given. */
  state?: State
  removed: Deed
  'an old one put back'?: Deed
  edited: Deed
}

const row = (kind: string, id: string): string => `kind = '${kind}' AND id = '${id}'`
export const removeRow = (kind: string, id: (folder: TamperedFolder) => string): Deed => {
  return (folder) => folder.sql(`DELETE FROM stored_row WHERE ${row(kind, id(folder))}`)
}
const putBackRow = (kind: string, id: (folder: TamperedFolder) => string, earlier: Earlier): Deed => {
  return (folder) => {
    const where = row(kind, id(folder))
    folder.sql(
      `DELETE FROM stored_row WHERE ${where}; INSERT INTO stored_row SELECT * FROM old.stored_row WHERE ${where}`,
      earlier,
    )
  }
}
const editRow = (kind: string, id: (folder: TamperedFolder) => string): Deed => {
  return (folder) =>
    folder.sql(`UPDATE stored_row SET body = replace(body, '1', '2') || ' ' WHERE ${row(kind, id(folder))}`)
}
const stream =
  (index: number) =>
  ({ streams }: TamperedFolder): string =>
    streams.at(index) ?? ''
const withoutLastRecord = (lines: string[]): string[] => {
  const last = lines.findLastIndex((line) => line.includes('"CreateKey"'))
  return lines.slice(0, last)
}

const TABLE: Record<string, Deeds> = {
  'the newest head row': {
    removed: removeRow('audit_head', stream(-1)),
    'an old one put back': putBackRow('audit_head', stream(-1), 'in the last'),
    edited: editRow('audit_head', stream(-1)),
  },
  'a row that names a successor': {
    removed: removeRow('audit_head', stream(0)),
    'an old one put back': putBackRow('audit_head', stream(0), 'before all'),
    edited: editRow('audit_head', stream(0)),
  },
  'the index of streams': {
    removed: removeRow('audit_head', () => 'streams'),
    'an old one put back': putBackRow('audit_head', () => 'streams', 'in the first'),
    edited: editRow('audit_head', () => 'streams'),
  },
  'the key of the log': {
    removed: removeRow('setting', () => 'audit-key'),
    // There is one version of it only.
    edited: editRow('setting', () => 'audit-key'),
  },
  'the ledger': {
    removed: (folder) => folder.sql('DELETE FROM ledger'),
    'an old one put back': (folder) =>
      folder.sql('DELETE FROM ledger; INSERT INTO ledger SELECT * FROM old.ledger', 'in the last'),
    edited: (folder) => folder.sql('UPDATE ledger SET sequence = sequence - 1'),
  },
  'an entry that waits in the outbox': {
    state: 'killed', // who stops in an orderly way leaves none
    removed: (folder) => folder.sql('DELETE FROM outbox'),
    edited: (folder) => folder.sql("UPDATE outbox SET record = replace(record, 'CreateKey', 'DeleteKey')"),
  },
  'the outbox': {
    removed: (folder) => folder.sql('DROP TABLE outbox'),
    'an old one put back': (folder) =>
      folder.sql('INSERT OR IGNORE INTO outbox SELECT * FROM old.outbox', 'waiting before'),
    edited: (folder) =>
      folder.sql(
        `INSERT OR IGNORE INTO outbox SELECT * FROM old.outbox; UPDATE outbox SET record = replace(record, 'CreateKey', 'DeleteKey')`,
        'killed',
      ),
  },
  'the newest stream': {
    removed: (folder) => rmSync(folder.stream(-1), { recursive: true }),
    'an old one put back': (folder) => folder.putBackStream(-1, 'in the last'),
    edited: (folder) => folder.editLines(-1, (lines) => lines.map((line) => line.replace('CreateKey', 'CreateKez'))),
  },
  'the stream before it': {
    removed: (folder) => rmSync(folder.stream(-2), { recursive: true }),
    'an old one put back': (folder) => folder.putBackStream(-2, 'in the first'),
    edited: (folder) => folder.editLines(-2, (lines) => lines.map((line) => line.replace('CreateKey', 'CreateKez'))),
  },
  'the end of the newest stream': {
    removed: (folder) => folder.editLines(-1, withoutLastRecord),
    'an old one put back': (folder) => folder.putBackSegment(-1, 'in the last'),
    edited: (folder) => folder.editLines(-1, (lines) => [...lines.slice(0, -1), `${lines.at(-1) ?? ''} `]),
  },
  'the genesis of the newest stream': {
    removed: (folder) => folder.editLines(-1, (lines) => lines.slice(1), '00000001.log'),
    'an old one put back': (folder) => {
      let genesis = ''
      folder.editLines(-2, (lines) => ((genesis = lines[0] ?? ''), lines), '00000001.log')
      folder.editLines(-1, (lines) => lines.with(0, genesis), '00000001.log')
    },
    edited: (folder) =>
      folder.editLines(
        -1,
        (lines) => lines.with(0, (lines[0] ?? '').replace(/"predecessors":\[.*\]/, '"predecessors":[]')),
        '00000001.log',
      ),
  },
  // What one cannot hide, several together might.
  'the newest stream with its row': {
    removed: (folder) => {
      removeRow('audit_head', stream(-1))(folder)
      rmSync(folder.stream(-1), { recursive: true })
    },
    'an old one put back': (folder) => {
      putBackRow('audit_head', stream(-1), 'in the last')(folder)
      folder.putBackStream(-1, 'in the last')
    },
    edited: (folder) => {
      editRow('audit_head', stream(-1))(folder)
      folder.editLines(-1, (lines) => lines.slice(0, 4))
    },
  },
  'the newest stream, all rows about streams': {
    removed: (folder) => {
      folder.sql("DELETE FROM stored_row WHERE kind = 'audit_head'")
      rmSync(folder.stream(-1), { recursive: true })
    },
    'an old one put back': (folder) => {
      folder.sql(
        `DELETE FROM stored_row WHERE kind = 'audit_head';
         INSERT INTO stored_row SELECT * FROM old.stored_row WHERE kind = 'audit_head'`,
        'in the first',
      )
      rmSync(folder.stream(-1), { recursive: true })
      folder.putBackStream(-2, 'in the first')
    },
    edited: (folder) => folder.sql("UPDATE stored_row SET version = version + 1 WHERE kind = 'audit_head'"),
  },
  'all streams, all rows about streams': {
    removed: (folder) => {
      folder.sql("DELETE FROM stored_row WHERE kind = 'audit_head'")
      for (const index of [0, 1, 2]) rmSync(folder.stream(index), { recursive: true })
    },
    edited: (folder) => {
      folder.sql("UPDATE stored_row SET version = 1 WHERE kind = 'audit_head'")
      for (const index of [0, 1, 2]) rmSync(folder.stream(index), { recursive: true })
    },
  },
}

/** Problems are reported, or the database is refused before anything is read of it. */
export async function isUnsound({ path }: TamperedFolder): Promise<boolean> {
  try {
    return (await verifyFolder(path)).problems.length > 0
  } catch (error) {
    const { name = '', code = '' } = error as { name?: string; code?: string }
    if (name === 'IntegrityError' || (name === 'StorageError' && code === 'tampered')) return true
    throw error
  }
}

/** A server begins, which settles what the last one left, and stops. Rejects when it refuses. */
export async function runOn({ path }: TamperedFolder): Promise<void> {
  const server = await serve({ folder: path, port: 0, logLevel: 'silent' })
  await server.stop()
}

/** Each cell of the table for a server that ended so: its name and what to do. */
export function cellsOf(state: State): [string, Deed][] {
  return Object.entries(TABLE).flatMap(([what, { state: only = state, ...deeds }]) =>
    only === state ? Object.entries<Deed>(deeds).map(([how, deed]): [string, Deed] => [`${what}, ${how}`, deed]) : [],
  )
}
