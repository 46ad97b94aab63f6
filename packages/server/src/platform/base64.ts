/**
 * The bytes that `text` encodes; `undefined` when it is not the one text that encodes them. Base64 leaves bits of the last
 * character unused (RFC 4648, section 3.5), and the platform ignores them, so that one value has several spellings: a signed
 * or sealed text that may be spelled in two ways was changed without notice.
 */
export function bytesOfBase64(text: string, encoding: 'base64' | 'base64url' = 'base64'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding)
  return bytes.toString(encoding) === text ? bytes : undefined
}
