const ZERO = 0x30
const NINE = 0x39
const HEXADECIMAL = '0123456789abcdefABCDEF'

/** Whether `text` is one or more of the digits 0 to 9. */
export function areDigits(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (!isDigit(text.charCodeAt(index))) return false
  return text !== ''
}

export function areHexadecimalDigits(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (!HEXADECIMAL.includes(text.charAt(index))) return false
  return text !== ''
}

/** The number that the characters from `start` to `end` write; NaN if one of them is no digit, or there is none. */
export function digitsAt(text: string, start: number, end: number): number {
  let value = end > start ? 0 : Number.NaN
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (!isDigit(code)) return Number.NaN
    value = value * 10 + (code - ZERO)
  }
  return value
}

/** False for the NaN behind a text's end. */
function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}
