import { Secret } from '@keyhold/protocol'

/**
 * What a development server takes instead of chance, so that the ids and ciphertexts of tests are stable. No caller of a
 * service can choose any of it.
 */
export interface Chosen {
  keyId?: string
  /** Material in its stored format. It is copied, so that a request that starts over has it again. */
  material?: Secret
  accessKey?: { accessKeyId: string; secretAccessKey: Secret }
}

/** A copy that its user wipes. */
export function copyOf(secret: Secret): Secret {
  return Secret.of(Uint8Array.from(secret.reveal()))
}
