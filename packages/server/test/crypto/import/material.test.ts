import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { type KeySpec as KeySpecName, Secret } from '@keyhold/protocol'
import fc from 'fast-check'
import { needs } from '../../../../../tools/testing/needs.ts'
import type { ImportFault } from '../../../src/crypto/import/fault.ts'
import { acceptMaterial } from '../../../src/crypto/import/material.ts'
import { publicKeyDer } from '../../../src/crypto/asymmetric/raw-key.ts'
import { keySpec } from '../../../src/domain/keys/specs.ts'
import { ecPkcs8, fromPkcs8, importedForm, pkcs8, spki, strangerKey, testKey } from '../support/keys.ts'
import { element, integer, octetString, sequence } from '../support/der.ts'
import { openssl } from '../support/openssl.ts'
import { rewrittenRsa, rsaPart as part, rsaWith } from '../support/rsa-forms.ts'
import { testThreads } from '../support/threads.ts'

const threads = testThreads()

async function accepted(name: KeySpecName, bytes: Uint8Array): Promise<Buffer | ImportFault> {
  const given = Uint8Array.from(bytes)
  const outcome = await acceptMaterial(keySpec(name), Secret.of(given), threads)
  assert.deepEqual(given, new Uint8Array(given.byteLength), 'the input is wiped, whatever the result')
  return typeof outcome === 'string' ? outcome : Buffer.from(outcome.reveal())
}

test('a secret key must have the length of its spec', async () => {
  const lengths = { SYMMETRIC_DEFAULT: 32, HMAC_224: 28, HMAC_256: 32, HMAC_384: 48, HMAC_512: 64 } as const
  for (const [name, length] of Object.entries(lengths) as [keyof typeof lengths, number][]) {
    const material = randomBytes(length)
    assert.deepEqual(await accepted(name, material), material)
    for (const wrong of [0, 16, length - 1, length + 1]) {
      assert.equal(await accepted(name, randomBytes(wrong)), 'length', `${name} ${wrong}`)
    }
  }
})

const IMPORTABLE = [
  'RSA_2048',
  'RSA_3072',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'ECC_NIST_EDWARDS25519',
] as const

for (const name of IMPORTABLE) {
  test(`a key of ${name} is accepted for its own spec and for no other`, async () => {
    const der = pkcs8(testKey(name).key)
    for (const other of IMPORTABLE) {
      assert.deepEqual(await accepted(other, der), other === name ? importedForm(testKey(name)) : 'spec', other)
    }
  })
}

test('anything but a PKCS #8 private key is refused', async () => {
  const { key, publicKey } = testKey('ECC_NIST_P256')
  const sec1 = key.export({ format: 'der', type: 'sec1' })
  const pem = Buffer.from(key.export({ format: 'pem', type: 'pkcs8' }))
  const encrypted = key.export({ format: 'der', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'p' })
  const der = pkcs8(key)
  for (const bytes of [sec1, pem, encrypted, spki(publicKey), der.subarray(0, -1), randomBytes(138), Buffer.alloc(0)]) {
    assert.equal(await accepted('ECC_NIST_P256', bytes), 'encoding')
  }
})

test('whatever bytes of a key are changed, there is a result', async () => {
  for (const name of ['ECC_NIST_P256', 'ECC_NIST_P521', 'ECC_NIST_EDWARDS25519', 'RSA_2048'] as const) {
    const der = pkcs8(testKey(name).key)
    const change = fc.tuple(fc.nat(Math.min(der.byteLength, 300) - 1), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const changed = Buffer.from(der)
        for (const [index, byte] of changes) changed[index] = byte
        await accepted(name, changed)
      }),
      { numRuns: 300 },
    )
  }
})

test('keys of ML-DSA and ML-KEM are not imported', async () => {
  for (const name of ['ML_DSA_44', 'ML_KEM_768'] as const) {
    assert.equal(await accepted(name, pkcs8(testKey(name).key)), 'spec')
  }
})

/** How long the BIT STRING of a public half is, with the byte that counts its unused bits. */
const HALF_BYTES = { RSA_2048: 271, ECC_NIST_P256: 66, ECC_NIST_EDWARDS25519: 33 } as const

/** An acceptable key, in the parts of its PKCS #8. */
function inParts(name: keyof typeof HALF_BYTES) {
  const [key, other] = [testKey(name), strangerKey(name)]
  const der = pkcs8(key.key)
  const start = der.indexOf(0x30, 5)
  const algorithm = der.subarray(start, start + 2 + der.readUInt8(start + 1))
  // The rest is the OCTET STRING: a tag, a length of one byte or of three, and the key.
  const rest = der.subarray(start + algorithm.byteLength)
  return {
    name,
    der,
    form: importedForm(key),
    contents: rest.subarray(rest[1] === 0x82 ? 4 : 2),
    own: spki(key.publicKey).subarray(-HALF_BYTES[name]),
    other: spki(other.publicKey).subarray(-HALF_BYTES[name]),
    build: (version: bigint, secret: Buffer, ...more: Buffer[]): Buffer =>
      sequence(integer(version), algorithm, octetString(secret), ...more),
  }
}

describe('the PKCS #8 around a key', () => {
  const kinds = (['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519'] as const).map(inParts)
  const ATTRIBUTES = element(0xa0)

  for (const { name, der, contents, build, own, other, form } of kinds) {
    test(`of ${name} ends where the key ends`, async () => {
      assert.deepEqual(build(0n, contents), der)
      for (const more of [Buffer.of(0), Buffer.of(0, 0), Buffer.from('more'), der]) {
        assert.equal(await accepted(name, Buffer.concat([der, more])), 'encoding', 'after the PKCS #8')
        assert.equal(
          await accepted(name, build(0n, Buffer.concat([contents, more]))),
          'encoding',
          'after the key in it',
        )
      }
    })

    test(`of ${name} can have attributes, and its own public half`, async () => {
      assert.deepEqual(await accepted(name, build(0n, contents, ATTRIBUTES)), form)
      for (const tag of [0x81, 0xa1]) {
        const half = (bits: Buffer): Buffer => element(tag, tag === 0x81 ? bits : element(0x03, bits))
        assert.deepEqual(await accepted(name, build(1n, contents, half(own))), form)
        assert.deepEqual(await accepted(name, build(1n, contents, ATTRIBUTES, half(own))), form)
        for (const wrong of [other, own.subarray(0, -1), Buffer.concat([own, Buffer.of(0)]), Buffer.of(0)]) {
          assert.equal(await accepted(name, build(1n, contents, half(wrong))), 'inconsistent', `${tag}`)
        }
      }
      const twice = [element(0x81, own), element(0x81, other)]
      assert.notDeepEqual(await accepted(name, build(1n, contents, ...twice)), form)
    })

    test(`of ${name} can be in BER: with long or indefinite lengths, but in one piece`, async () => {
      const body = der.subarray({ 0x82: 4, 0x81: 3 }[der.readUInt8(1)] ?? 2)
      const long = Buffer.concat([Buffer.of(0x30, 0x84, 0, 0, body.byteLength >> 8, body.byteLength & 0xff), body])
      const indefinite = Buffer.concat([Buffer.of(0x30, 0x80), body, Buffer.of(0, 0)])
      for (const ber of [long, indefinite]) {
        assert.deepEqual(await accepted(name, ber), form)
        assert.equal(await accepted(name, Buffer.concat([ber, Buffer.of(0, 0)])), 'encoding')
        assert.equal(await accepted(name, ber.subarray(0, -1)), 'encoding')
      }
    })
  }

  test('with endless nesting is refused', async () => {
    const deep = Buffer.concat(Array.from({ length: 2000 }, () => Buffer.of(0x30, 0x80)))
    assert.equal(await accepted('RSA_2048', deep), 'encoding')
  })
})

describe('an EC key', () => {
  const own = testKey('ECC_NIST_P256')
  const der = pkcs8(own.key)

  test("with another key's point is inconsistent", async () => {
    const point = spki(strangerKey('ECC_NIST_P256').publicKey).subarray(-64)
    const forged = Buffer.concat([der.subarray(0, -64), point])
    assert.deepEqual(
      spki(strangerKey('ECC_NIST_P256').publicKey),
      publicKeyDer(fromPkcs8(forged)),
      'OpenSSL believes it',
    )
    assert.equal(await accepted('ECC_NIST_P256', forged), 'inconsistent')
  })

  test('with a scalar that is zero or not below the order is refused', async () => {
    const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
    for (const scalar of ['00'.repeat(32), order, 'ff'.repeat(32)]) {
      for (const variant of [der, ecPkcs8(own)]) {
        const wrong = Buffer.from(variant)
        wrong.write(scalar, wrong.indexOf(Buffer.of(2, 1, 1, 4, 32)) + 5, 'hex')
        assert.ok(['encoding', 'inconsistent'].includes(String(await accepted('ECC_NIST_P256', wrong))), scalar)
      }
    }
  })

  test('with a scalar that is longer than the field, or a point at infinity, is refused', async () => {
    const variants = [ecPkcs8(own, undefined, Buffer.alloc(40, 0xff)), ecPkcs8(own, Buffer.of(0))]
    for (const variant of variants) {
      assert.ok(['encoding', 'inconsistent'].includes(String(await accepted('ECC_NIST_P256', variant))))
    }
  })

  test('has one stored form, with its point or without, compressed or not, and after a second import', async () => {
    const point = spki(own.publicKey).subarray(-65)
    const compressed = Buffer.concat([Buffer.of(2 + ((point.at(-1) ?? 0) & 1)), point.subarray(1, 33)])
    for (const variant of [der, ecPkcs8(own, point), ecPkcs8(own, compressed), ecPkcs8(own), importedForm(own)]) {
      const stored = await accepted('ECC_NIST_P256', variant)
      assert.deepEqual(stored, importedForm(own))
      assert.deepEqual(publicKeyDer(fromPkcs8(importedForm(own))), spki(own.publicKey))
    }
  })

  test('with explicit parameters is refused', { skip: needs('openssl') }, async () => {
    const explicit = openssl(['ec', '-inform', 'DER', '-in', 'key', '-param_enc', 'explicit'], { key: der })
    const pkcs8Der = openssl(['pkcs8', '-topk8', '-nocrypt', '-outform', 'DER', '-in', 'key'], { key: explicit })
    assert.ok(pkcs8Der.byteLength > 2 * der.byteLength)
    assert.equal(await accepted('ECC_NIST_P256', pkcs8Der), 'spec')
  })
})

/** A key that the openssl command generated, in PKCS #8 as its version writes it. */
function generated(algorithm: string, ...options: string[]): Buffer {
  const pem = openssl(['genpkey', '-algorithm', algorithm, ...options.flatMap((option) => ['-pkeyopt', option])])
  return openssl(['pkcs8', '-topk8', '-nocrypt', '-outform', 'DER', '-in', 'key'], { key: pem })
}

describe('an RSA key', () => {
  const wrong: Record<string, () => Record<string, bigint>> = {
    'the private exponent does not invert the public one': () => ({ d: part('d') + 2n }),
    'an exponent of a prime is wrong': () => ({ dp: part('dp') + 2n }),
    'the exponent of the other prime is wrong': () => ({ dq: part('dq') + 2n }),
    'the coefficient is wrong': () => ({ qi: part('qi') + 1n }),
    'the factors are not those of the modulus': () => ({ p: part('p') + 2n }),
    'the modulus is wrong': () => ({ n: part('n') - 2n }),
    'the public exponent is wrong': () => ({ e: 65539n }),
  }
  for (const [name, changes] of Object.entries(wrong)) {
    test(`is inconsistent when ${name}`, async () => {
      assert.equal(await accepted('RSA_2048', rsaWith(changes())), 'inconsistent')
    })
  }

  test('with all its parts is accepted, and only then the faults above are found', async () => {
    assert.deepEqual(await accepted('RSA_2048', rsaWith({})), pkcs8(testKey('RSA_2048').key))
  })

  test('has one stored form, whichever exponent inverts the public one and whichever prime comes first', async () => {
    const stored = pkcs8(testKey('RSA_2048').key)
    for (const [how, der] of Object.entries(rewrittenRsa())) {
      assert.deepEqual(await accepted('RSA_2048', der), stored, how)
    }
    assert.deepEqual(await accepted('RSA_2048', stored), stored, 'and after a second import')
  })

  test('with swapped primes is inconsistent if its other parts are not swapped', async () => {
    assert.equal(await accepted('RSA_2048', rsaWith({ p: part('q'), q: part('p') })), 'inconsistent')
  })

  test('with the public exponent 3 is refused, though it is consistent', { skip: needs('openssl') }, async () => {
    const der = generated('RSA', 'rsa_keygen_bits:2048', 'rsa_keygen_pubexp:3')
    assert.equal(fromPkcs8(der).asymmetricKeyDetails?.publicExponent, 3n)
    assert.equal(await accepted('RSA_2048', der), 'inconsistent')
  })

  test('of three primes is refused', { skip: needs('openssl') }, async () => {
    const der = generated('RSA', 'rsa_keygen_bits:2048', 'rsa_keygen_primes:3')
    assert.equal(await accepted('RSA_2048', der), 'inconsistent')
  })

  test('generated by the openssl command is accepted', { skip: needs('openssl') }, async () => {
    const der = generated('RSA', 'rsa_keygen_bits:2048')
    assert.deepEqual(await accepted('RSA_2048', der), der)
  })

  test('that is only for PSS matches no spec', { skip: needs('openssl') }, async () => {
    const der = generated('RSA-PSS', 'rsa_keygen_bits:2048')
    assert.equal(await accepted('RSA_2048', der), 'spec')
  })
})
