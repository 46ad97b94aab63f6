const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/**
 * Returns whether `text` is canonical base64 (RFC 4648, sections 3.5 and 4): padded, nothing in between, unused bits
 * zero. Two such texts are equal exactly if their bytes are.
 */
export function isCanonicalBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false
  const padding = paddingOf(text)
  const end = text.length - padding
  for (let index = 0; index < end; index++) if (!ALPHABET.includes(text.charAt(index))) return false
  const unusedBits = padding * 2
  return padding === 0 || ALPHABET.indexOf(text.charAt(end - 1)) % 2 ** unusedBits === 0
}

function paddingOf(text: string): number {
  if (text.endsWith('==')) return 2
  return text.endsWith('=') ? 1 : 0
}
