import assert from 'node:assert/strict'
import { createPublicKey, randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type KeySpec, keySpecs } from '../../../../src/domain/keys/specs.ts'
import { canBeWrapped } from '../../../../src/domain/keys/wrapping.ts'
import { DAY_MS } from '../../../../src/services/kms/keys/new-key.ts'
import { unsealMaterial } from '../../../../src/vault/hierarchy/material.ts'
import { pkcs8, testKey, importedForm } from '../../../crypto/support/keys.ts'
import { importFault, importInto, validFor, wrappedFor } from '../../../support/import.ts'
import { base64, REGION, TestService } from '../../../support/service.ts'

let service: TestService
before(async () => (service = await TestService.open()))
after(() => service[Symbol.asyncDispose]())

type Metadata = Record<string, unknown>

async function described(keyId: string): Promise<Metadata> {
  return (await service.ok<{ KeyMetadata: Metadata }>('DescribeKey', { KeyId: keyId })).KeyMetadata
}

async function waiting(input: object = {}): Promise<{ keyId: string; arn: string }> {
  return service.createKey({ Origin: 'EXTERNAL', ...input })
}

async function encrypted(keyId: string): Promise<string> {
  return (await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('text') })).CiphertextBlob ?? ''
}

async function opens(blob: string): Promise<void> {
  assert.equal((await service.ok('Decrypt', { CiphertextBlob: blob })).Plaintext, base64('text'))
}

test('a key that waits for its material is of no use, says so, and becomes usable with it', async () => {
  const { keyId, arn } = await waiting()
  const before = await described(keyId)
  assert.deepEqual([before['Origin'], before['KeyState'], before['Enabled']], ['EXTERNAL', 'PendingImport', false])
  for (const absent of ['ExpirationModel', 'ValidTo', 'CurrentKeyMaterialId']) assert.equal(absent in before, false)
  const use = { KeyId: keyId, Plaintext: base64('text') }
  assert.equal(await service.fault('Encrypt', use), `KMSInvalidStateException: ${arn} is pending import.`)
  const id = await importInto(service, keyId, randomBytes(32))
  assert.match(id, /^[0-9a-f]{64}$/)
  const afterwards = await described(keyId)
  assert.deepEqual(
    [afterwards['KeyState'], afterwards['CurrentKeyMaterialId'], afterwards['ExpirationModel']],
    ['Enabled', id, 'KEY_MATERIAL_DOES_NOT_EXPIRE'],
  )
  await opens(await encrypted(keyId))
})

test('parameters are an RSA public key of the wanted size, a token that fits the wire, and good for a day', async () => {
  const { keyId, arn } = await waiting()
  for (const [WrappingKeySpec, bits] of [
    ['RSA_2048', 2048],
    ['RSA_3072', 3072],
    ['RSA_4096', 4096],
  ] as const) {
    const input = { KeyId: keyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec }
    const given = await service.ok('GetParametersForImport', input)
    const publicKey = createPublicKey({
      key: Buffer.from(given['PublicKey'] ?? '', 'base64'),
      format: 'der',
      type: 'spki',
    })
    assert.equal(publicKey.asymmetricKeyDetails?.modulusLength, bits)
    assert.ok(Buffer.from(given['ImportToken'] ?? '', 'base64').byteLength <= 6144)
    assert.deepEqual([given['KeyId'], Number(given['ParametersValidTo']) * 1000], [arn, service.clock.now() + DAY_MS])
  }
})

function materialFor(spec: KeySpec): { given: Buffer; stored: Buffer } {
  if (spec.material.kind === 'secret') {
    const given = randomBytes(spec.material.bytes)
    return { given, stored: given }
  }
  return { given: pkcs8(testKey(spec.name).key), stored: importedForm(testKey(spec.name)) }
}

async function storedMaterial(keyId: string, materialId: string): Promise<Buffer> {
  const { store, hierarchy } = service.services
  const row = await store.get('material', `${REGION}/${keyId}/${materialId}`)
  if (!row?.sealed) throw new Error(`no material ${materialId}`)
  const secret = await unsealMaterial(hierarchy, row.id, { generation: row.generation, bytes: row.sealed })
  return Buffer.from(secret.reveal())
}

describe('material of every spec that AWS imports arrives', () => {
  for (const spec of keySpecs().filter(({ offered, wrappingAlgorithms }) => offered && wrappingAlgorithms.length > 0)) {
    for (const algorithm of spec.wrappingAlgorithms) {
      test(`${spec.name} under ${algorithm}`, async () => {
        const wrappingKey = canBeWrapped(spec, 'RSA_2048', algorithm) ? 'RSA_2048' : 'RSA_3072'
        const { keyId } = await waiting({ KeySpec: spec.name, KeyUsage: spec.usages.at(-1) })
        const { given, stored } = materialFor(spec)
        const wrapped = await wrappedFor(service, keyId, given, { algorithm, wrappingKey })
        const { KeyMaterialId = '' } = await service.ok('ImportKeyMaterial', { KeyId: keyId, ...wrapped })
        assert.deepEqual(await storedMaterial(keyId, KeyMaterialId), stored)
        assert.equal((await described(keyId))['KeyState'], 'Enabled')
      })
    }
  }
})

test('deleted material takes its ciphertexts along, and they open again once the same is imported, and nothing else', async () => {
  const { keyId, arn } = await waiting()
  const material = randomBytes(32)
  const id = await importInto(service, keyId, material)
  const blob = await encrypted(keyId)
  assert.deepEqual(await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId }), { KeyId: arn, KeyMaterialId: id })
  const gone = await described(keyId)
  assert.deepEqual(
    [gone['KeyState'], gone['CurrentKeyMaterialId'], gone['ExpirationModel']],
    ['PendingImport', id, undefined],
  )
  assert.equal(
    await service.fault('Decrypt', { CiphertextBlob: blob }),
    `KMSInvalidStateException: ${arn} is pending import.`,
  )
  const row = await service.services.store.get('material', `${REGION}/${keyId}/${id}`)
  assert.equal(row?.sealed, null)
  assert.equal(await importFault(service, keyId, randomBytes(32)), 'IncorrectKeyMaterialException')
  await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId })
  assert.equal(await importInto(service, keyId, material), id)
  await opens(blob)
})

test('a key whose material was removed from the database takes no other in its place', async () => {
  const { keyId } = await waiting()
  const material = randomBytes(32)
  const id = await importInto(service, keyId, material)
  const { store, random } = service.services
  const row = { table: 'material' as const, id: `${REGION}/${keyId}/${id}` }
  await store.commit({ id: random.uuid(), expect: [], put: [], delete: [row], audit: [] })
  assert.equal(await importFault(service, keyId, material), 'IncorrectKeyMaterialException')
  assert.equal(await importFault(service, keyId, randomBytes(32)), 'IncorrectKeyMaterialException')
  await importInto(service, keyId, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' })
  assert.equal((await described(keyId))['KeyState'], 'PendingImport')
})

test('deleting material of a key that never had any deletes nothing and is no error', async () => {
  const { keyId, arn } = await waiting()
  assert.deepEqual(await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId }), { KeyId: arn })
  const KeyMaterialId = 'a'.repeat(64)
  assert.match(
    await service.fault('DeleteImportedKeyMaterial', { KeyId: keyId, KeyMaterialId }),
    /^NotFoundException: /,
  )
  assert.equal((await described(keyId))['KeyState'], 'PendingImport')
})

test('the same material has another id on another key, so that ids tell nothing of two keys', async () => {
  const material = randomBytes(32)
  const ids = new Set<string>()
  for (let count = 0; count < 2; count++) ids.add(await importInto(service, (await waiting()).keyId, material))
  assert.equal(ids.size, 2)
})

test('importing the same again changes how long it is valid, and keeps its description unless a new one is given', async () => {
  const { keyId } = await waiting()
  const material = randomBytes(32)
  const KeyMaterialDescription = 'from the safe'
  await importInto(service, keyId, material, { KeyMaterialDescription, ...validFor(service, DAY_MS) })
  await importInto(service, keyId, material)
  assert.equal((await described(keyId))['ExpirationModel'], 'KEY_MATERIAL_DOES_NOT_EXPIRE')
  const input = { KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
  const { Rotations } = await service.ok<{ Rotations: Metadata[] }>('ListKeyRotations', input)
  assert.deepEqual(
    Rotations.map((entry) => entry['KeyMaterialDescription']),
    [KeyMaterialDescription],
  )
})

test('a disabled key stays disabled when its material is imported again', async () => {
  const { keyId } = await waiting()
  const material = randomBytes(32)
  await importInto(service, keyId, material)
  await service.ok('DisableKey', { KeyId: keyId })
  await importInto(service, keyId, material)
  assert.equal((await described(keyId))['KeyState'], 'Disabled')
})

test('a key that is to be deleted stays so without its material, and waits for it when that is taken back', async () => {
  const { keyId } = await waiting()
  const material = randomBytes(32)
  await importInto(service, keyId, material)
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId })
  await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId })
  assert.equal((await described(keyId))['KeyState'], 'PendingDeletion')
  await service.ok('CancelKeyDeletion', { KeyId: keyId })
  assert.equal((await described(keyId))['KeyState'], 'PendingImport')
  await importInto(service, keyId, material)
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId })
  await service.ok('CancelKeyDeletion', { KeyId: keyId })
  assert.equal((await described(keyId))['KeyState'], 'Disabled')
})

test('a key that is no symmetric one has one material for ever, and no choice among several', async () => {
  const { keyId } = await waiting({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const material = randomBytes(32)
  for (const member of [
    { ImportType: 'NEW_KEY_MATERIAL' },
    { KeyMaterialId: 'a'.repeat(64) },
    { KeyMaterialDescription: 'x' },
  ]) {
    assert.equal(
      await importFault(service, keyId, material, member),
      `ValidationException: ${Object.keys(member)[0]} is only valid for symmetric encryption KMS keys.`,
    )
  }
  const id = await importInto(service, keyId, material)
  assert.equal(await importFault(service, keyId, randomBytes(32)), 'IncorrectKeyMaterialException')
  assert.equal(await importInto(service, keyId, material), id)
})

test('of two imports of different material at once one is the key’s, and the other is refused', async () => {
  const { keyId } = await waiting()
  const inputs = await Promise.all([0, 1].map(() => wrappedFor(service, keyId, randomBytes(32))))
  const replies = await Promise.all(
    inputs.map((input) => service.call('ImportKeyMaterial', { KeyId: keyId, ...input })),
  )
  const refused = replies.filter(({ status }) => status !== 200).map(({ body }) => body['__type'])
  assert.deepEqual(refused, ['IncorrectKeyMaterialException'])
  await opens(await encrypted(keyId))
})
