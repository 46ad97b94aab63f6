import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOfBase64 } from '../../src/platform/base64.ts'

test('bytes have one spelling in base64: padded, with nothing between, unused bits zero', () => {
  assert.deepEqual(bytesOfBase64('AQ=='), Buffer.of(1))
  assert.deepEqual(bytesOfBase64('-_8', 'base64url'), Buffer.of(0xfb, 0xff))
  for (const text of ['AR==', 'AQ', 'AQ=', 'AQ==\n', ' AQ==', 'A Q==', 'AQ==AQ=='])
    assert.equal(bytesOfBase64(text), undefined)
  for (const text of ['-_9', '-_8=', '+/8']) assert.equal(bytesOfBase64(text, 'base64url'), undefined)
})
