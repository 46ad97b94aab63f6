/** X.690: one element of DER, its length in the shortest form. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents)
  const digits = body.byteLength.toString(16)
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
  const length = body.byteLength < 0x80 ? bytes : Buffer.concat([Buffer.of(0x80 | bytes.byteLength), bytes])
  return Buffer.concat([Buffer.of(tag), length, body])
}

export function sequence(...elements: readonly Uint8Array[]): Buffer {
  return element(0x30, ...elements)
}

export function octetString(contents: Uint8Array): Buffer {
  return element(0x04, contents)
}

/** Without unnecessary zeros, and with one where it would be negative. Only for non-negative values. */
export function integer(value: bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return element(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}
