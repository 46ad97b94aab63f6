import { createDecipheriv, type CipherGCMTypes } from 'node:crypto'

const TAG_BYTES = 16

/** A key and what it opens with. */
interface Opening {
  key: Uint8Array
  iv: Uint8Array
  aad?: Uint8Array
}

/** AES-GCM with the tag at the end, or `undefined` for what does not verify. */
export function openGcm(opening: Opening, box: Uint8Array): Buffer | undefined {
  return open(`aes-${opening.key.byteLength * 8}-gcm`, opening, box)
}

/** ChaCha20-Poly1305 (RFC 8439) with the tag at the end, or `undefined` for what does not verify. */
export function openChaCha(opening: Opening, box: Uint8Array): Buffer | undefined {
  return open('chacha20-poly1305', opening, box)
}

function open(name: string, { key, iv, aad }: Opening, box: Uint8Array): Buffer | undefined {
  const tagStart = box.byteLength - TAG_BYTES
  if (tagStart < 0) return undefined
  const cipher = createDecipheriv(name as CipherGCMTypes, key, iv, { authTagLength: TAG_BYTES })
  if (aad !== undefined) cipher.setAAD(aad)
  cipher.setAuthTag(box.subarray(tagStart))
  const opened = cipher.update(box.subarray(0, tagStart))
  try {
    return Buffer.concat([opened, cipher.final()])
  } catch {
    opened.fill(0)
    return undefined
  }
}
