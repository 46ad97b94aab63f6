import { areDigits } from './digits.ts'

/**
 * A decimal number of any size, compared digit by digit. Binary floating point would treat some unequal numbers as
 * equal.
 */
export interface Decimal {
  negative: boolean
  /** Without leading zeros. */
  whole: string
  /** Without trailing zeros. */
  fraction: string
}

/** Parses `12`, `-0.50` or `007`. Exponents and spaces are refused. */
export function readDecimal(text: string): Decimal | undefined {
  const signed = text.startsWith('-')
  const point = text.indexOf('.')
  const wholeText = text.slice(signed ? 1 : 0, point < 0 ? undefined : point)
  const fractionText = point < 0 ? '0' : text.slice(point + 1)
  if (!areDigits(wholeText) || !areDigits(fractionText)) return undefined
  const whole = withoutLeadingZeros(wholeText)
  const fraction = withoutTrailingZeros(fractionText)
  return { negative: signed && whole + fraction !== '', whole, fraction }
}

/** Negative if `a` is less than `b`, zero if they are equal. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.negative !== b.negative) return a.negative ? -1 : 1
  const size = a.whole.length - b.whole.length || compareTexts(a.whole, b.whole) || compareTexts(a.fraction, b.fraction)
  return a.negative ? 0 - size : size
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function withoutLeadingZeros(digits: string): string {
  let start = 0
  while (digits.charAt(start) === '0') start++
  return digits.slice(start)
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length
  while (digits.charAt(end - 1) === '0') end--
  return digits.slice(0, end)
}
