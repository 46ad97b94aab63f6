import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Derived, RecordCaches } from '../../../src/identity/directory/record-caches.ts'
import type { Authentic } from '../../../src/vault/records/authentic.ts'
import type { Records } from '../../../src/vault/records/records.ts'
import { defineTable, global, type RecordTable, type Table } from '../../../src/vault/records/table.ts'
import { tables } from '../../../src/vault/records/tables.ts'

interface Named {
  id: string
}

const NAMES = Object.keys(tables) as RecordTable[]

function tableOf(name: RecordTable): Table<Named, Named> {
  return defineTable({ name, id: ({ id }: Named) => id, domain: global, read: ({ id }) => ({ id }), absence: 'none' })
}

/** Caches above records that write down each reading. */
function cached(): { caches: RecordCaches; readings: string[] } {
  const readings: string[] = []
  const get = async (table: Table<Named, Named>, parts: Named): Promise<object | undefined> => {
    readings.push(`${table.name} ${table.id(parts)}`)
    return parts.id === 'absent' ? undefined : { bytes: 1, value: parts }
  }
  return { caches: new RecordCaches({ get } as unknown as Records), readings }
}

for (const name of NAMES) {
  test(`records of ${name} are read once, until the change log names them or was lost`, async () => {
    const { caches, readings } = cached()
    const table = tableOf(name)
    const readAll = async (): Promise<void> => {
      for (const id of ['a', 'b', 'absent']) await caches.get(table, { id })
    }
    await readAll()
    await readAll()
    assert.deepEqual(readings.splice(0), [`${name} a`, `${name} b`, `${name} absent`])
    caches.changed({ revision: 1, table: name, id: 'a' })
    for (const other of NAMES) if (other !== name) caches.changed({ revision: 2, table: other, id: 'b' })
    await readAll()
    assert.deepEqual(readings.splice(0), [`${name} a`])
    caches.lost()
    await readAll()
    assert.equal(readings.length, 3)
  })
}

test('what is made of a record is made once, and again of the record that takes its place', () => {
  const made: string[] = []
  const derived = new Derived<string, number>(({ value }) => made.push(value))
  const [first, second] = [{ value: 'one' }, { value: 'two' }] as unknown as Authentic<string>[]
  assert.ok(first && second)
  assert.deepEqual([derived.of(first), derived.of(first), derived.of(second), derived.of(first)], [1, 1, 2, 1])
  assert.deepEqual(made, ['one', 'two'])
})
