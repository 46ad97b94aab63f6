const DIGITS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const CHECKSUM_DIGITS = 6
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const

/** Decodes Bech32 (BIP 173) of any length; `undefined` for a text whose checksum is wrong. */
export function decodeBech32(text: string): { prefix: string; bytes: Buffer } | undefined {
  const lower = text.toLowerCase()
  const at = lower.lastIndexOf('1')
  const [prefix, data] = [lower.slice(0, at), lower.slice(at + 1)]
  const values = Array.from(data, String).map((digit) => DIGITS.indexOf(digit))
  if (at < 1 || values.includes(-1) || values.length < CHECKSUM_DIGITS) return undefined
  if (polymod([...expanded(prefix), ...values]) !== 1) return undefined
  const bytes = regrouped(values.slice(0, -CHECKSUM_DIGITS))
  return bytes && { prefix, bytes }
}

function expanded(prefix: string): number[] {
  const codes = Array.from(prefix, String).map((character) => character.charCodeAt(0))
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)]
}

function polymod(values: readonly number[]): number {
  let sum = 1
  for (const value of values) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    for (const [index, generator] of GENERATORS.entries()) if ((top >> index) & 1) sum ^= generator
  }
  return sum >>> 0
}

/** Groups of five bits as bytes. What is left over must be fewer than five bits, all of them 0. */
function regrouped(values: readonly number[]): Buffer | undefined {
  const bytes: number[] = []
  let [held, bits] = [0, 0]
  for (const value of values) {
    held = (held << 5) | value
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 0xff)
    held &= (1 << bits) - 1
  }
  return bits < 5 && held === 0 ? Buffer.from(bytes) : undefined
}
