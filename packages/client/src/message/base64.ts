/** Base64 (RFC 4648, section 4) of what is no secret: it passes through strings, which cannot be wiped. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    text += btoa(String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES)))
  }
  return text
}

/** As many as a call may have arguments anywhere; a multiple of three, so that only the end is padded. */
const CHUNK_BYTES = 8190

/** Nothing if the text is not the one canonical form of some bytes. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  return encodeBase64(bytes) === text ? bytes : undefined
}
