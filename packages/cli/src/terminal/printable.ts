/**
 * What could steer a terminal or forge a line: the C0 and C1 controls, the line and paragraph separators, and the
 * marks that reverse the order of text.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Text that came from elsewhere, fit for one line of a terminal: what could steer it is shown as `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
