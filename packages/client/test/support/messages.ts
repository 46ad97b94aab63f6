import { Secret } from '@keyhold/protocol'
import { Envelope } from '../../src/index.ts'
import type { Keyring } from '../../src/index.ts'
import type { EnvelopeOptions } from '../../src/envelope/envelope.ts'
import { KmsKeyring } from '../../src/keyrings/kms-keyring.ts'
import { MemoryKms } from './memory-kms.ts'

/** An envelope over a KMS in memory with one key. */
export function testEnvelope(options: Partial<EnvelopeOptions> = {}): { envelope: Envelope; kms: MemoryKms } {
  const kms = new MemoryKms()
  return { kms, envelope: new Envelope({ keyring: new KmsKeyring({ kms, generator: kms.createKey() }), ...options }) }
}

/** A keyring whose data key is always the same: for vectors, and for talking to a client that knows it as well. */
export function fixedKeyring(dataKey: Uint8Array): Keyring {
  const encryptedDataKeys = [
    { providerId: 'fixed', providerInfo: Buffer.from('the one'), ciphertext: Buffer.from('not a secret') },
  ]
  return {
    onEncrypt: () => Promise.resolve({ dataKey: Secret.of(dataKey.slice()), encryptedDataKeys }),
    onDecrypt: () => Promise.resolve({ dataKey: Secret.of(dataKey.slice()) }),
  }
}

/** Bytes that repeat only after a long while. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7) & 0xff)
}

/** The bytes in chunks of `size`, each in memory of its own that is overwritten once the next is asked for. */
export async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    const chunk = new Uint8Array(bytes.subarray(start, start + size)) // Buffer.slice would not copy
    yield chunk
    chunk.fill(0xee)
    await Promise.resolve()
  }
}

/** A sink that keeps what it is given. */
export function collector(): { write(pieces: readonly Uint8Array[]): Promise<void>; bytes(): Buffer } {
  const all: Uint8Array[] = []
  return {
    write: (pieces) => {
      all.push(...pieces)
      return Promise.resolve()
    },
    bytes: () => Buffer.concat(all),
  }
}
