import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { cp, readFile, rm, truncate } from 'node:fs/promises'
import { test } from 'node:test'
import { readCurrentHeads } from '../../src/audit/current-heads.ts'
import { HeadRows } from '../../src/audit/head-rows.ts'
import { parseHeads, signHeads, verifierKeyOf } from '../../src/audit/kept-heads.ts'
import { auditSigner, auditVerifier, generateAuditKey } from '../../src/crypto/audit-signature.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import { AuditBench, auditKey, recordOf, recordsIn } from './support/audit-bench.ts'

async function headOf(bench: AuditBench): Promise<{ note: string; damage: string[] }> {
  const { store, folder, clock } = bench
  const options = { folder, sha256, verify: auditVerifier(auditKey.publicKey) }
  const { heads, damage } = await readCurrentHeads(new HeadRows(recordsIn(store)), store, clock.now(), options)
  return { note: signHeads(auditKey, heads, sha256), damage: damage.map(({ message }) => message) }
}

const kindsSince = async (bench: AuditBench, since: string): Promise<string[]> =>
  (await bench.verify({ since })).problems.map(({ kind, stream }) =>
    stream.length === 36 ? kind : `${kind} ${stream}`,
  )

test('the log extends every head that was kept, through starts, crashes and new streams', async () => {
  let bench = await AuditBench.create()
  const kept: string[] = []
  for (let round = 0; round < 4; round += 1) {
    const log = await bench.open()
    kept.push((await headOf(bench)).note)
    await log.record(recordOf(round))
    kept.push((await headOf(bench)).note)
    const next = round % 2 === 0 ? await bench.afterCrash() : bench
    await log.close()
    if (next === bench) kept.push((await headOf(bench)).note)
    else await bench[Symbol.asyncDispose]()
    bench = next
  }
  for (const note of kept) assert.deepEqual(await kindsSince(bench, note), [])
  await bench[Symbol.asyncDispose]()
})

test('restoring a whole folder is detected by a kept head, and by nothing else', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await log.record(recordOf(1))
  await using older = await bench.afterCrash()
  const early = (await headOf(bench)).note
  await log.record(recordOf(2))
  const { note } = await headOf(bench)
  await log.close()
  assert.deepEqual(await kindsSince(older, early), [])
  assert.deepEqual(await kindsSince(older, note), ['truncated'])
  // Even after the service has continued there.
  const next = await older.open()
  await next.record(recordOf(3))
  await next.close()
  assert.deepEqual((await older.verify()).problems, [])
  assert.deepEqual(await kindsSince(older, note), ['truncated'])
})

test('a head whose stream is missing, and one that counts more changes than the database', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await using before = await bench.afterCrash()
  await bench.commit(log, 1)
  await log.relay()
  const { note } = await headOf(bench)
  await log.close()
  assert.deepEqual(await kindsSince(before, note), ['truncated', 'database ledger'])
  await rm(before.folder, { recursive: true })
  assert.ok((await kindsSince(before, note)).includes('missing'))
})

test('lines that differ from those of the head', async () => {
  await using bench = await AuditBench.create()
  await using fork = await AuditBench.create(bench.store.copy(), bench.clock)
  const log = await bench.open()
  await cp(bench.folder, fork.folder, { recursive: true })
  for (const [row, value] of bench.store.rows) fork.store.rows.set(row, value)
  await log.record(recordOf(1))
  const { note } = await headOf(bench)
  await log.close()
  await using crashed = await fork.afterCrash()
  // A stream of the same name and length, signed with the same key, which the holder of the root could write.
  await crashed.appendTo(log.stream, recordOf(2))
  assert.ok((await kindsSince(crashed, note)).includes('changed'))
})

test('no note is made of a log that lost what the database has recorded', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  const { length } = await readFile(bench.segment(log.stream))
  await log.record(recordOf(1))
  await log.close()
  await truncate(bench.segment(log.stream), length)
  assert.equal((await headOf(bench)).damage.length, 1)
})

test("only a note by the folder's key is accepted, unchanged in every character", async () => {
  await using bench = await AuditBench.create()
  await (await bench.open()).close()
  const { note } = await headOf(bench)
  const heads = parseHeads(note) ?? assert.fail()
  const foreign = signHeads(auditSigner(generateAuditKey().privateKey), heads, sha256)
  assert.deepEqual(await kindsSince(bench, foreign), ['changed head'])
  assert.deepEqual(await kindsSince(bench, `${note}— witness.example AAAA\n`), [])
  // The last character of 68 bytes has two bits that base64 leaves unused.
  const respelled = note.replace(/(.)=\n$/, (_, last: string) => `${String.fromCharCode(last.charCodeAt(0) + 1)}=\n`)
  assert.deepEqual(await kindsSince(bench, respelled), ['changed head'])
  const textEnd = note.indexOf('\n\n')
  for (let at = 0; at < note.length - 1; at += 1) {
    const changed = `${note.slice(0, at)}${note[at] === '1' ? '2' : '1'}${note.slice(at + 1)}`
    const kinds = parseHeads(changed) === undefined ? ['refused'] : await kindsSince(bench, changed)
    assert.notDeepEqual(kinds, [], `character ${at}, ${at < textEnd ? 'text' : 'signature'}`)
  }
})

test('the note can be verified with the public key alone, as other readers of signed notes do', async () => {
  await using bench = await AuditBench.create()
  await (await bench.open()).close()
  const { note } = await headOf(bench)
  // C2SP signed-note: <name>+<key id>+<base64 of 0x01 and the Ed25519 key>
  const [, name, keyId, key = ''] =
    /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(verifierKeyOf(auditKey.publicKey, sha256)) ?? []
  const [text = '', last = ''] = note.split('\n\n')
  const [, signedBy, encoded = ''] = last.trimEnd().split(' ')
  const signature = Buffer.from(encoded, 'base64')
  assert.deepEqual([signedBy, signature.subarray(0, 4).toString('hex')], [name, keyId])
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(key, 'base64').subarray(1)])
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  assert.ok(verify(null, Buffer.from(`${text}\n`), publicKey, signature.subarray(4)))
})

test('a note is read in the one spelling that is written, and names no more streams than a folder has', () => {
  const root = 'ab'.repeat(32)
  const heads = (count: number) => ({
    sequence: 7,
    timeMs: 9,
    streams: new Map(Array.from({ length: count }, (_, index) => [`stream-${index}`, { size: 1, root }] as const)),
  })
  const note = signHeads(auditKey, heads(2), sha256)
  assert.deepEqual(parseHeads(note), heads(2))
  assert.equal(parseHeads(signHeads(auditKey, heads(10_000), sha256))?.streams.size, 10_000)
  assert.equal(parseHeads(signHeads(auditKey, heads(10_001), sha256))?.streams.size, undefined)
  for (const [from, to] of [
    ['keyhold/audit/heads\n', 'other/heads\n'],
    ['sequence 7', 'sequence 07'],
    ['sequence 7', 'sequence x'],
    ['time 9', 'time 9 0'],
    ['stream stream-1 1', 'stream stream-1 01'],
    ['stream stream-1 1', 'stream stream-0 1'],
    ['stream stream-1', 'other stream-1'],
  ] as const) {
    assert.ok(note.includes(from))
    assert.equal(parseHeads(note.replace(from, to)), undefined, to)
  }
})
