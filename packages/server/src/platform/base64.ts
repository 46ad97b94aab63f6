/**
 * Decodes `text`, or returns `undefined` if it is not the canonical encoding of its bytes. Base64 leaves bits of the
 * last character unused (RFC 4648, section 3.5), and Node ignores them, so one value has several encodings. Otherwise a
 * signed or sealed text could be changed without notice.
 */
export function bytesOfBase64(text: string, encoding: 'base64' | 'base64url' = 'base64'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding)
  return bytes.toString(encoding) === text ? bytes : undefined
}
