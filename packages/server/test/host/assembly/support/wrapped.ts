import { createPublicKey, randomBytes } from 'node:crypto'
import { wrap } from '../../../crypto/support/wrapping.ts'
import type { KmsClient } from './client.ts'

/** What imports material into a key, as often as one likes within a day: how long it is valid is yet to be said. */
export async function wrapped(
  client: KmsClient,
  keyId: string,
  material: Uint8Array = randomBytes(32),
): Promise<{ ImportToken: string; EncryptedKeyMaterial: string }> {
  const parameters = { KeyId: keyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
  const { ImportToken = '', PublicKey = '' } = await client.ok('GetParametersForImport', parameters)
  const key = createPublicKey({ key: Buffer.from(PublicKey, 'base64'), format: 'der', type: 'spki' })
  return { ImportToken, EncryptedKeyMaterial: wrap(key, 'RSAES_OAEP_SHA_256', material).toString('base64') }
}
