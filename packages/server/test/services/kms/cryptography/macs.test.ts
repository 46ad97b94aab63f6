import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { needs } from '../../../../../../tools/testing/needs.ts'
import { openssl } from '../../../crypto/support/openssl.ts'
import { base64, TestService } from '../../../support/service.ts'
import { bytes, extracted, TypedKeys } from '../../../support/typed-keys.ts'

const TEXT = Buffer.from('a text that must not change')
const BITS = [224, 256, 384, 512] as const

let service: TestService
let keys: TypedKeys

before(async () => {
  service = await TestService.open()
  keys = new TypedKeys(service)
})
after(() => service[Symbol.asyncDispose]())

for (const bits of BITS) {
  const [spec, MacAlgorithm] = [`HMAC_${bits}`, `HMAC_SHA_${bits}`] as const

  test(`GenerateMac with ${spec} makes a MAC as long as its hash, which VerifyMac accepts`, async () => {
    const { keyId: KeyId, arn } = await keys.get(spec, 'GENERATE_VERIFY_MAC')
    const request = { KeyId, Message: base64(TEXT), MacAlgorithm }
    const { Mac, ...rest } = await service.ok('GenerateMac', request)
    assert.deepEqual(rest, { KeyId: arn, MacAlgorithm })
    assert.equal(bytes(Mac).byteLength, bits / 8)
    assert.deepEqual(await service.ok('VerifyMac', { ...request, Mac }), { KeyId: arn, MacValid: true, MacAlgorithm })
  })

  test(`the openssl command makes the same MAC with the key of ${spec}`, { skip: needs('openssl') }, async () => {
    const { keyId: KeyId } = await keys.get(spec, 'GENERATE_VERIFY_MAC')
    const { Mac } = await service.ok('GenerateMac', { KeyId, Message: base64(TEXT), MacAlgorithm })
    const key = (await extracted(service, KeyId)).export()
    assert.equal(key.byteLength, bits / 8)
    const args = ['mac', '-macopt', `hexkey:${key.toString('hex')}`, '-digest', `sha${bits}`, '-in', 'text', 'HMAC']
    const theirs = openssl(args, { text: TEXT }).toString().trim().toLowerCase()
    assert.equal(bytes(Mac).toString('hex'), theirs)
  })

  test(`a MAC with ${spec} of another text, shortened or invented is an exception without a message`, async () => {
    const { keyId: KeyId } = await keys.get(spec, 'GENERATE_VERIFY_MAC')
    const request = { KeyId, Message: base64(TEXT), MacAlgorithm }
    const { Mac } = await service.ok('GenerateMac', { ...request, Message: base64('another text') })
    for (const wrong of [bytes(Mac), bytes(Mac).subarray(1), Buffer.alloc(bits / 8)]) {
      assert.equal(await service.fault('VerifyMac', { ...request, Mac: base64(wrong) }), 'KMSInvalidMacException')
    }
  })

  test(`${spec} takes the algorithm of its own length only`, async () => {
    const { keyId: KeyId } = await keys.get(spec, 'GENERATE_VERIFY_MAC')
    for (const other of BITS.filter((length) => length !== bits)) {
      const request = { KeyId, Message: base64(TEXT), MacAlgorithm: `HMAC_SHA_${other}` }
      const fault = `InvalidKeyUsageException: Algorithm HMAC_SHA_${other} is incompatible with key spec ${spec}.`
      assert.equal(await service.fault('GenerateMac', request), fault)
      assert.equal(await service.fault('VerifyMac', { ...request, Mac: base64('x') }), fault)
    }
  })
}

test('a key that encrypts makes no MACs', async () => {
  const { arn } = await service.createKey()
  const request = { KeyId: arn, Message: base64(TEXT), MacAlgorithm: 'HMAC_SHA_256' }
  const fault = `InvalidKeyUsageException: ${arn} key usage is ENCRYPT_DECRYPT which is not valid for`
  assert.equal(await service.fault('GenerateMac', request), `${fault} GenerateMac.`)
  assert.equal(await service.fault('VerifyMac', { ...request, Mac: base64('x') }), `${fault} VerifyMac.`)
})

test('a key that makes MACs encrypts nothing', async () => {
  const { arn } = await keys.get('HMAC_256', 'GENERATE_VERIFY_MAC')
  assert.equal(
    await service.fault('Encrypt', { KeyId: arn, Plaintext: base64('x') }),
    `InvalidKeyUsageException: ${arn} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.`,
  )
})

test('a dry run answers as always', async () => {
  const dry = 'DryRunOperationException: The request would have succeeded, but the DryRun option is set.'
  const { keyId: KeyId } = await keys.get('HMAC_256', 'GENERATE_VERIFY_MAC')
  const request = { KeyId, Message: base64(TEXT), MacAlgorithm: 'HMAC_SHA_256' }
  const { Mac } = await service.ok('GenerateMac', request)
  assert.equal(await service.fault('GenerateMac', { ...request, DryRun: true }), dry)
  assert.equal(await service.fault('VerifyMac', { ...request, Mac, DryRun: true }), dry)
})
