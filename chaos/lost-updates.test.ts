import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { Envelope, rawAes } from '@keyhold/client'
import { changer } from '../packages/client/test/support/changers.ts'
import { folder } from '../tools/testing/folder.ts'
import { needs } from '../tools/testing/needs.ts'

const RUNS = Number(process.env['KEYHOLD_CHAOS_RUNS'] ?? 3)

test('rewrapping rolls no change back that a program without our lock makes', { skip: needs('perl') }, async () => {
  const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32) })
  const message = await new Envelope({ keyring, signed: false }).encrypt(new Uint8Array(10), {
    context: { version: '0' },
  })
  for (let run = 0; run < RUNS; run++) {
    await using files = await folder()
    const path = files.path('a')
    await writeFile(path, message)
    const [written, ...rewrapped] = await Promise.all([
      changer('write', path, 1200),
      changer('rewrap', path, 200),
      changer('rewrap', path, 200),
    ])
    assert.equal(written!['rolledBack'], 0, JSON.stringify([written, rewrapped]))
    assert.ok(
      rewrapped.every((outcomes) => outcomes!['done']! > 0),
      JSON.stringify(rewrapped),
    )
    assert.deepEqual(await files.names(), ['a'])
  }
})

test('the lock of a file loses no change of processes of which most die while they hold it', async () => {
  for (let run = 0; run < RUNS; run++) {
    await using files = await folder()
    const path = files.path('number')
    await writeFile(path, '0')
    const deaths = [20, 40, 60, 80]
    await Promise.all([...deaths.map((death) => changer('count', path, 200, death)), changer('count', path, 200)])
    const expected = deaths.reduce((sum, death) => sum + death - 1, 200)
    assert.equal(await readFile(path, 'utf8'), String(expected))
  }
})
