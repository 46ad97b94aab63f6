import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KmsClient } from './support/client.ts'
import { Vault } from './support/vault.ts'
import { wrapped } from './support/wrapped.ts'

const FOR_EVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
const NEW = { ImportType: 'NEW_KEY_MATERIAL' }

interface Import {
  ImportToken: string
  EncryptedKeyMaterial: string
}

interface Material {
  KeyMaterialState: string
  ImportState: string
}

test('kill -9 between deleting, importing and rotating leaves a key that is whole or waits, and loses no ciphertext', async () => {
  await using vault = await Vault.create()
  const { keyId, imports } = await withServer(vault, prepared)
  const blobs: string[] = []
  for (const roundMs of [900, 1700, 1300]) {
    await using server = await vault.start()
    using client = vault.client(server)
    const working = changeUntilGone(client, keyId, imports, blobs)
    await sleep(roundMs)
    server.kill('SIGKILL')
    await working
    await withServer(vault, (again) => checkWhole(again, keyId))
  }
  assert.ok(blobs.length > 10, 'hardly anything was encrypted')
  await withServer(vault, async (client) => {
    for (const material of imports) {
      const input = { KeyId: keyId, ...material, ...FOR_EVER }
      // It is the key's already, or waits; if it is new, it may come only when none waits.
      const { status } = await client.call('ImportKeyMaterial', input)
      if (status !== 200) await client.call('ImportKeyMaterial', { ...input, ...NEW })
    }
    assert.equal(await client.keyState(keyId), 'Enabled')
    for (const CiphertextBlob of blobs) {
      assert.equal((await client.ok('Decrypt', { CiphertextBlob }))['Plaintext'], 'dGV4dA==')
    }
  })
  assert.deepEqual((await vault.verify()).problems, [])
})

async function withServer<T>(vault: Vault, use: (client: KmsClient) => Promise<T>): Promise<T> {
  await using server = await vault.serve()
  using client = vault.client(server)
  return await use(client)
}

async function prepared(client: KmsClient): Promise<{ keyId: string; imports: Import[] }> {
  const keyId = await client.createKey({ Origin: 'EXTERNAL' })
  const imports: Import[] = []
  for (let count = 0; count < 3; count++) imports.push(await wrapped(client, keyId, randomBytes(32)))
  await client.ok('ImportKeyMaterial', { KeyId: keyId, ...imports[0], ...FOR_EVER })
  return { keyId, imports }
}

/** Whatever is refused on the way is right to be: what state the kill before left is not known here. */
async function changeUntilGone(client: KmsClient, keyId: string, imports: Import[], blobs: string[]): Promise<void> {
  try {
    for (;;) await changeOnce(client, keyId, imports, blobs)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}

async function changeOnce(client: KmsClient, KeyId: string, imports: Import[], blobs: string[]): Promise<void> {
  for (const material of imports) {
    await client.call('ImportKeyMaterial', { KeyId, ...material, ...FOR_EVER, ...NEW })
    await client.call('RotateKeyOnDemand', { KeyId })
    for (let count = 0; count < 5; count++) {
      const { status, body } = await client.call('Encrypt', { KeyId, Plaintext: 'dGV4dA==' })
      if (status === 200) blobs.push(String(body['CiphertextBlob']))
    }
    await client.call('DeleteImportedKeyMaterial', { KeyId })
    for (const again of imports) await client.call('ImportKeyMaterial', { KeyId, ...again, ...FOR_EVER })
  }
}

async function checkWhole(client: KmsClient, keyId: string): Promise<void> {
  const input = { KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
  const { Rotations } = await client.ok<{ Rotations: Material[] }>('ListKeyRotations', input)
  const own = Rotations.filter(({ KeyMaterialState }) => KeyMaterialState !== 'PENDING_ROTATION')
  assert.equal(own.filter(({ KeyMaterialState }) => KeyMaterialState === 'CURRENT').length, 1)
  const whole = own.every(({ ImportState }) => ImportState === 'IMPORTED')
  assert.equal(await client.keyState(keyId), whole ? 'Enabled' : 'PendingImport')
}
