import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ServiceName, SERVICES } from '@keyhold/protocol'
import { encodeCapped, withoutTexts } from '../../src/audit/cap-record.ts'
import { readRecord } from '../../src/audit/parse-line.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import { loggable } from '../../src/execution/draft.ts'
import { OPERATIONS } from '../../src/services/registry.ts'

/** Longer in JSON, which escapes each character as six, than the limit of any part. */
const HUGE = '\u0001'.repeat(32 * 1024)
/** The sum of the limits of all parts and the rest of a record. */
const MAX_ALLOWED = 464 * 1024
const MAX_REFUSED = 60 * 1024

const BASE: AuditRecord = {
  eventId: 'event',
  requestId: 'request',
  timeMs: 1,
  kind: 'call',
  service: 'kms',
  operation: 'Encrypt',
  region: 'eu-central-1',
  accountId: '111122223333',
  sourceIp: '127.0.0.1',
  userAgent: 'test',
  readOnly: true,
  resources: [],
}
const REFUSED: Partial<AuditRecord> = {
  error: { code: 'AccessDeniedException', message: 'no' },
  decision: { allowed: false, reason: 'no-identity-allow' },
}

function encoded(record: AuditRecord): { line: string; record: AuditRecord } {
  const line = encodeCapped(record, sha256)
  const read = readRecord(Buffer.from(line)) ?? assert.fail('no record')
  // Through JSON, so that objects have the prototypes that deepEqual expects.
  return { line, record: JSON.parse(JSON.stringify(read)) as AuditRecord }
}

/** A message with a huge value at each of these paths. */
function filled(paths: readonly string[]): Record<string, unknown> {
  const message: Record<string, unknown> = {}
  for (const path of paths) {
    const names = path.split('.')
    let at = message
    for (const name of names.slice(0, -1)) at = (at[name] ??= {}) as Record<string, unknown>
    at[names.at(-1) ?? ''] = HUGE
  }
  return message
}

test('whatever large members an operation records, its record is bounded and lists what was cut', () => {
  let members = 0
  for (const service of Object.keys(SERVICES) as ServiceName[]) {
    for (const operation of OPERATIONS.of(service).values()) {
      const { request, response } = operation.audit
      const base = { ...BASE, service, operation: operation.name }
      const all = loggable(request, filled(request))
      const answer = loggable(response, filled(response))
      assert.ok(encodeCapped({ ...base, request: all, response: answer }, sha256).length < MAX_ALLOWED)
      for (const path of request) {
        const { line, record } = encoded({ ...base, ...REFUSED, request: loggable([path], filled([path])) })
        assert.ok(line.length < MAX_REFUSED, `${operation.name} ${path}`)
        assert.deepEqual(
          record.cut?.map(({ member }) => member),
          [`request.${path.split('.')[0]}`],
        )
        members += 1
      }
    }
  }
  assert.ok(members > 300, `only ${members} members`)
})

test('facts of the decision, notes and the message are bounded too', () => {
  const facts = {
    principalTags: HUGE,
    session: HUGE,
    resourceTags: HUGE,
    aliases: HUGE,
    requestAlias: HUGE,
    basis: HUGE,
  }
  for (const allowed of [true, false]) {
    const decision = { allowed, reason: 'r', ...facts } as unknown as NonNullable<AuditRecord['decision']>
    const error = { code: 'C', message: HUGE }
    const { line, record } = encoded({ ...BASE, decision, additional: { keyMaterialId: HUGE }, error })
    assert.ok(line.length < MAX_REFUSED)
    assert.deepEqual(record.decision, { allowed, reason: 'r' })
    assert.equal(record.error?.message?.length, 1024)
    assert.equal(record.cut?.length, 8)
  }
})

test('cut content can be verified later by its length and hash', () => {
  const ResourceArns = Array.from({ length: 5000 }, (_, i) => `arn:aws:kms:eu-central-1:111122223333:key/é${i}`)
  const { record } = encoded({ ...BASE, ...REFUSED, request: { ActionNames: ['kms:Decrypt'], ResourceArns } })
  assert.deepEqual(record.request, { ActionNames: ['kms:Decrypt'] })
  const text = JSON.stringify(ResourceArns)
  assert.deepEqual(record.cut, [
    { member: 'request.ResourceArns', bytes: Buffer.byteLength(text), sha256: sha256(text) },
  ])
})

test('many members that fit separately are cut from the largest until all of them fit', () => {
  const request = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`m${i}`, 'x'.repeat(9000 + i)]))
  const { record } = encoded({ ...BASE, ...REFUSED, request })
  assert.deepEqual(Object.keys(record.request ?? {}), ['m0', 'm1'])
  assert.deepEqual(
    record.cut?.map(({ member }) => member),
    ['m9', 'm8', 'm7', 'm6', 'm5', 'm4', 'm3', 'm2'].map((name) => `request.${name}`),
  )
})

test('the largest possible encryption context is stored completely in the record of an allowed request, even twice', () => {
  // All 961 names of two control characters, with such values: JSON escapes every byte as six.
  const controls = Array.from({ length: 31 }, (_, i) => String.fromCharCode(1 + i))
  const names = controls.flatMap((first) => controls.map((second) => first + second))
  const context = Object.fromEntries(names.map((name) => [name, '\u0001'.repeat(6)]))
  const bytes = Object.entries(context).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0)
  assert.ok(bytes <= 8192 && bytes > 7500, String(bytes))
  const request = { SourceEncryptionContext: context, DestinationEncryptionContext: context, KeyId: 'x'.repeat(2048) }
  const decision = { allowed: true, reason: 'r' }
  const { record } = encoded({ ...BASE, request, decision })
  assert.equal(record.cut, undefined)
  const plain = { tenant: 'x'.repeat(8186) }
  const refused = encoded({
    ...BASE,
    ...REFUSED,
    request: { SourceEncryptionContext: plain, DestinationEncryptionContext: plain },
  })
  assert.equal(refused.record.cut, undefined)
})

test('while disk space is scarce, a refusal stores the decision, and only hashes of the request', () => {
  const request = { KeyId: 'key', EncryptionContext: { tenant: 't' } }
  const decision = { allowed: false, reason: 'no-identity-allow', action: 'kms:Encrypt', aliases: ['x'.repeat(300)] }
  const slim = withoutTexts({ ...BASE, ...REFUSED, request, decision }, sha256)
  assert.deepEqual(slim.request, {})
  assert.deepEqual(slim.decision, { allowed: false, reason: 'no-identity-allow', action: 'kms:Encrypt' })
  const lacks = ['decision.aliases', 'request.EncryptionContext', 'request.KeyId']
  assert.deepEqual(slim.cut?.map(({ member }) => member).toSorted(), lacks)
  assert.deepEqual(encoded(slim).record.cut, slim.cut)
})
