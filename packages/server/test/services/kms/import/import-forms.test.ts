import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { addMaterial } from '../../../../src/services/kms/keys/material-rows.ts'
import { materialTable } from '../../../../src/vault/records/material.ts'
import { Changeset } from '../../../../src/vault/records/changeset.ts'
import { pkcs8, strangerKey, testKey } from '../../../crypto/support/keys.ts'
import { rewrittenRsa } from '../../../crypto/support/rsa-forms.ts'
import { wrappedFor } from '../../../support/import.ts'
import { base64, REGION, type Reply, TestService } from '../../../support/service.ts'

let service: TestService
before(async () => (service = await TestService.open()))
after(() => service[Symbol.asyncDispose]())

/** An RSA key that signs and waits for its material. */
async function waiting(): Promise<string> {
  return (await service.createKey({ Origin: 'EXTERNAL', KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })).keyId
}

async function importPair(keyId: string, der: Uint8Array): Promise<Reply> {
  const wrapped = await wrappedFor(service, keyId, der, { algorithm: 'RSA_AES_KEY_WRAP_SHA_256' })
  return service.call('ImportKeyMaterial', { KeyId: keyId, ...wrapped })
}

const REQUEST = { Message: base64('text'), SigningAlgorithm: 'RSASSA_PSS_SHA_256' }

test('an RSA key that is written in another way is the same key: it is imported again and verifies as before', async () => {
  const keyId = await waiting()
  const first = await importPair(keyId, pkcs8(testKey('RSA_2048').key))
  assert.equal(first.status, 200)
  const { Signature } = await service.ok('Sign', { KeyId: keyId, ...REQUEST })
  for (const [how, der] of Object.entries(rewrittenRsa())) {
    await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId })
    assert.deepEqual(await importPair(keyId, der), first, how)
    await service.ok('Verify', { KeyId: keyId, Signature, ...REQUEST })
    await service.ok('Sign', { KeyId: keyId, ...REQUEST })
  }
  const { body } = await importPair(keyId, pkcs8(strangerKey('RSA_2048').key))
  assert.equal(body.__type, 'IncorrectKeyMaterialException')
})

test('what an earlier build stored as it was written, under the id that this form had, is the same key as well', async () => {
  const forms = Object.values(rewrittenRsa())
  for (const stored of forms.slice(-2)) {
    const keyId = await waiting()
    await importPair(keyId, pkcs8(testKey('RSA_2048').key))
    const earlier = await storedByEarlierBuild(keyId, stored)
    const { Signature } = await service.ok('Sign', { KeyId: keyId, ...REQUEST })
    for (const der of [stored, ...forms.slice(0, 1)]) {
      await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId })
      const { body } = await importPair(keyId, der)
      assert.equal(body['KeyMaterialId'], earlier)
      await service.ok('Verify', { KeyId: keyId, Signature, ...REQUEST })
    }
  }
})

/** Puts the row that an earlier build wrote in place of the key's: with this form, under an id of its own. */
async function storedByEarlierBuild(keyId: string, der: Uint8Array): Promise<string> {
  const { directory, hierarchy, records, random } = service.services
  await directory.catchUp()
  const key = await directory.key({ region: REGION, keyId })
  const [material] = await records.listByOwner(materialTable, { region: REGION, keyId }, { limit: 1 })
  assert.ok(key && material)
  const materialId = Buffer.from(random.bytes(32)).toString('hex')
  const { publicKey: _, ...record } = material.value
  const changes = new Changeset()
  changes.delete(material)
  const earlier = { record: { ...record, materialId }, secret: Secret.of(Uint8Array.from(der)) }
  await addMaterial(hierarchy, key.value, earlier, changes)
  await records.commit(changes)
  await service.force(keyId, { currentMaterialId: materialId })
  return materialId
}
