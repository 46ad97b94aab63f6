import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { changeRecipients } from '../../src/admin/operator/backups.ts'
import { cutOf } from '../../src/audit/cut.ts'
import { dataPaths } from '../../src/vault/storage/data-folder.ts'
import { scene } from './scene.ts'

test('a stream is cut after the last head before the first change that the database does not have', async (t) => {
  const { engine, context, recipient, folder } = await scene(t)
  for (let round = 0; round < 3; round += 1) {
    await changeRecipients({ remove: [recipient] }, context)
    await changeRecipients({ add: [recipient] }, context)
  }
  const { audit } = dataPaths(folder)
  const { stream } = engine.auditor
  const newest = (await engine.store.ledger())?.sequence ?? 0
  const bytesAt = async (sequence: number): Promise<number> => {
    const cut = await cutOf(audit, stream, undefined, sequence)
    const { path, bytes } = cut?.segments.at(-1) ?? assert.fail()
    const lines = (await readFile(path)).subarray(0, bytes).toString().trimEnd().split('\n')
    assert.match(lines.at(-1) ?? '', /^\{"head":/)
    const sequences = lines.flatMap((line) => /"sequence":(\d+)/.exec(line)?.[1] ?? []).map(Number)
    assert.equal(Math.max(...sequences, 0) <= sequence, true, `of ${sequence}`)
    // What the database says of a head before that changes nothing.
    assert.deepEqual(await cutOf(audit, stream, { segment: 1, bytes }, sequence), cut)
    return bytes
  }
  const sizes: number[] = []
  for (let sequence = newest - 4; sequence <= newest; sequence += 1) sizes.push(await bytesAt(sequence))
  assert.deepEqual(new Set(sizes).size, sizes.length)
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => a - b),
  )
  assert.equal(await cutOf(audit, '6f1d3c52-8a0e-4c1b-9f57-2b6d0a9e4c11', undefined, newest), undefined)
})
