import assert from 'node:assert/strict'
import { createHash, createPublicKey, type KeyObject, verify as verifyWithNode } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { KeySpec as KeySpecName, MessageType, SigningAlgorithmSpec } from '@keyhold/protocol'
import { sign, verify } from '../../../src/crypto/asymmetric/signatures.ts'
import { algorithm } from '../../../src/domain/keys/algorithms.ts'
import { keySpec } from '../../../src/domain/keys/specs.ts'
import { integer, sequence } from '../support/der.ts'
import { fromPkcs8 } from '../support/keys.ts'
import { testThreads } from '../support/threads.ts'

const threads = testThreads()

/** RFC 8032, section 7.3: the only vector of Ed25519ph. */
const ED25519PH = {
  seed: '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
  signature:
    '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41' +
    '31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
}

test('RFC 8032, 7.3: Ed25519ph signs the digest of "abc" as published', async () => {
  const key = fromPkcs8(bytes(`302e020100300506032b657004220420${ED25519PH.seed}`))
  const message = createHash('sha512').update('abc').digest()
  const request = { ...of('ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'DIGEST'), key, message }
  const signature = await sign(request, threads)
  assert.equal(Buffer.from(signature).toString('hex'), ED25519PH.signature)
  assert.equal(await verify(request, signature, threads), true)
  const plain = { ...of('ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'RAW'), key, message }
  assert.equal(await verify(plain, signature, threads), false, 'it is not a signature of plain Ed25519')
})

/**
 * RFC 6979, A.2.5 to A.2.7: the signatures of "sample" with each curve's own hash. The one of P-256 has the greater s.
 */
const RFC_6979 = [
  {
    spec: 'ECC_NIST_P256',
    algorithm: 'ECDSA_SHA_256',
    point:
      '60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6' +
      '7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299',
    r: 'EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716',
    s: 'F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8',
  },
  {
    spec: 'ECC_NIST_P384',
    algorithm: 'ECDSA_SHA_384',
    point:
      'EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13' +
      '8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720',
    r: '94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46',
    s: '99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8',
  },
  {
    spec: 'ECC_NIST_P521',
    algorithm: 'ECDSA_SHA_512',
    point:
      '01894550D0785932E00EAA23B694F213F8C3121F86DC97A04E5A7167DB4E5BCD371123D46E45DB6B5D5370A7F20FB633155D38FFA16D2BD761DCAC474B9A2F5023A4' +
      '00493101C962CD4D2FDDF782285E64584139C2F91B47F87FF82354D6630F746A28A0DB25741B5B34A828008B22ACC23F924FAAFBD4D33F81EA66956DFEAA2BFDFCF5',
    r: '00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5D450606ADD152B534931D7D4E8455CC91F9B15BF05EC36E377FA',
    s: '00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A',
  },
] as const

for (const { spec, algorithm: name, point, r, s } of RFC_6979) {
  test(`RFC 6979, A.2: the published ${name} signature of "sample" verifies, as a message and as a digest`, async () => {
    const key = ecPublicKey(spec, bytes(point))
    const signature = sequence(integer(BigInt(`0x${r}`)), integer(BigInt(`0x${s}`)))
    const text = Buffer.from('sample')
    assert.ok(
      verifyWithNode(algorithm('SIGN_VERIFY', name)?.hash, text, key, signature),
      'the vector is copied correctly',
    )
    assert.equal(await verify({ ...of(spec, name, 'RAW'), key, message: text }, signature, threads), true)
    const message = createHash(algorithm('SIGN_VERIFY', name)?.hash ?? '')
      .update(text)
      .digest()
    assert.equal(await verify({ ...of(spec, name, 'DIGEST'), key, message }, signature, threads), true)
  })
}

interface WycheproofGroup {
  publicKeyDer: string
  tests: { tcId: number; comment: string; msg: string; sig: string; result: 'valid' | 'invalid' }[]
}

const file = new URL('../../../../../vectors/wycheproof/ecdsa-p256-sha256.json', import.meta.url)
const { testGroups } = JSON.parse(readFileSync(file, 'utf8')) as { testGroups: WycheproofGroup[] }

describe('Wycheproof, ECDSA with P-256 and SHA-256', () => {
  for (const { publicKeyDer, tests } of testGroups) {
    const key = createPublicKey({ key: bytes(publicKeyDer), format: 'der', type: 'spki' })
    for (const { tcId, comment, msg, sig, result } of tests) {
      test(`${tcId}, ${comment}: ${result}, as a message and as a digest`, async () => {
        const raw = { ...of('ECC_NIST_P256', 'ECDSA_SHA_256', 'RAW'), key, message: bytes(msg) }
        assert.equal(await verify(raw, bytes(sig), threads), result === 'valid')
        const message = createHash('sha256').update(bytes(msg)).digest()
        const digest = { ...of('ECC_NIST_P256', 'ECDSA_SHA_256', 'DIGEST'), key, message }
        assert.equal(await verify(digest, bytes(sig), threads), result === 'valid')
      })
    }
  }
})

function of(
  spec: KeySpecName,
  name: SigningAlgorithmSpec,
  messageType: MessageType,
): Pick<Parameters<typeof sign>[0], 'spec' | 'algorithm' | 'messageType'> {
  return { spec: keySpec(spec), algorithm: algorithm('SIGN_VERIFY', name) ?? assert.fail(), messageType }
}

function ecPublicKey(spec: KeySpecName, point: Buffer): KeyObject {
  const half = point.byteLength / 2
  const [x, y] = [point.subarray(0, half), point.subarray(half)].map((part) => part.toString('base64url'))
  const crv = spec.replace('ECC_NIST_P', 'P-')
  return createPublicKey({ key: { kty: 'EC', crv, x, y }, format: 'jwk' })
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex')
}
