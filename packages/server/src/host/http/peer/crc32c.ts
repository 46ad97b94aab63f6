/** The polynomial of Castagnoli, with its bits reversed (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78

/** CRC-32C. It finds accidents, not attacks. Bit by bit: headers have some hundred bytes, and few have a sum. */
export function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ POLYNOMIAL
  }
  return ~sum >>> 0
}
