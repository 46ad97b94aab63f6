const DECIMAL = '0123456789'
const HEXADECIMAL = '0123456789abcdefABCDEF'

/** Whether `text` is one or more of the digits 0 to 9. */
export function areDigits(text: string): boolean {
  return consistsOf(text, DECIMAL)
}

export function areHexadecimalDigits(text: string): boolean {
  return consistsOf(text, HEXADECIMAL)
}

function consistsOf(text: string, characters: string): boolean {
  for (let index = 0; index < text.length; index++) if (!characters.includes(text.charAt(index))) return false
  return text !== ''
}

/** The number that the characters from `start` to `end` write; NaN if one of them is no digit or missing. */
export function digitsAt(text: string, start: number, end: number): number {
  const part = text.slice(start, end)
  return part.length === end - start && areDigits(part) ? Number(part) : Number.NaN
}
