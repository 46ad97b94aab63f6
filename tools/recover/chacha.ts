import { createDecipheriv } from 'node:crypto'

const TAG_BYTES = 16

/** ChaCha20-Poly1305 (RFC 8439) with the tag at the end, or `undefined` for what does not verify. */
export function openChaCha(key: Buffer, nonce: Buffer, box: Buffer): Buffer | undefined {
  const tagStart = box.byteLength - TAG_BYTES
  if (tagStart < 0) return undefined
  const cipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAuthTag(box.subarray(tagStart))
  const opened = cipher.update(box.subarray(0, tagStart))
  try {
    return Buffer.concat([opened, cipher.final()])
  } catch {
    opened.fill(0)
    return undefined
  }
}
