import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHead, signHead } from '../../src/audit/head.ts'
import { auditVerifier } from '../../src/crypto/audit-signature.ts'
import { auditKey } from './support/audit-bench.ts'

const ROOT = 'ab'.repeat(32)
const HEAD = { size: 7, root: ROOT, timeMs: 1_700_000_000_000 }
const verify = auditVerifier(auditKey.publicKey)

test('what is signed is the checkpoint that the specification has: the stream, its size, its root and the time', () => {
  const signed: string[] = []
  const signer = {
    publicKey: auditKey.publicKey,
    sign: (bytes: Uint8Array) => {
      signed.push(Buffer.from(bytes).toString())
      return auditKey.sign(bytes)
    },
  }
  const line = signHead(signer, 'stream', HEAD)
  const root = Buffer.from(ROOT, 'hex').toString('base64')
  assert.deepEqual(signed, [`keyhold/audit/stream\n7\n${root}\ntime 1700000000000\n`])
  assert.deepEqual(openHead(verify, 'stream', line), HEAD)
  assert.equal(openHead(verify, 'other', line), undefined)
})

test('a head opens in the one spelling that is written, with a signature of its own', () => {
  const line = signHead(auditKey, 'stream', HEAD)
  const other = signHead(auditKey, 'stream', { ...HEAD, size: 8 })
  const signature = /"signature":"([^"]*)"/.exec(other)?.[1] ?? ''
  for (const changed of [
    line.replace('"size":7', '"size":8'),
    line.replace('"size":7', '"size":07'),
    line.replace(ROOT, 'ac'.repeat(32)),
    line.replace('1700000000000', '1700000000001'),
    line.replace(/"signature":"[^"]*"/, `"signature":"${signature}"`),
    line.replace('=="}', '"}'),
    line.replace(/.=="}/, '"}'),
    `${line} `,
    line.slice(0, -1),
  ]) {
    assert.notEqual(changed, line)
    assert.equal(openHead(verify, 'stream', changed), undefined, changed)
  }
})
