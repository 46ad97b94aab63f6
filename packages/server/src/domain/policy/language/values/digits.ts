const ZERO = 0x30
const NINE = 0x39
const HEXADECIMAL = '0123456789abcdefABCDEF'

/** Returns whether `text` consists of one or more digits 0 to 9. */
export function areDigits(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (!isDigit(text.charCodeAt(index))) return false
  return text !== ''
}

/** Returns whether `text` consists of one or more hexadecimal digits. */
export function areHexadecimalDigits(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (!HEXADECIMAL.includes(text.charAt(index))) return false
  return text !== ''
}

/** Returns the number in the characters from `start` to `end`, or NaN if they are not all digits or there are none. */
export function digitsAt(text: string, start: number, end: number): number {
  let value = end > start ? 0 : Number.NaN
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (!isDigit(code)) return Number.NaN
    value = value * 10 + (code - ZERO)
  }
  return value
}

/** Returns false for the NaN past the end of a text. */
function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}
