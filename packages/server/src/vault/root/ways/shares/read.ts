import { findLine } from './line.ts'
import { parseShare, type Share } from './share.ts'
import { parseWords, SHARE_WORDS, WORDS_IN_ROW, type WordsFault } from './words.ts'

/**
 * Reads a share in any of its forms: its line, alone or in a page, or its words. Returns a phrase that says what is wrong with
 * it if it cannot be used, and has nothing of the share in it.
 */
export function readShare(text: string): Share | string {
  const found = findLine(text) ?? parseWords(text)
  if (found === 'damaged') return 'is damaged: its line is not as long as that of a share'
  if (!(found instanceof Uint8Array)) return faultOf(found)
  const share = parseShare(found)
  found.fill(0)
  if (share === 'damaged') return 'is damaged: it does not match its checksum'
  if (share === 'unsupported') return 'is of a form that a later Keyhold made'
  return share
}

function faultOf(fault: WordsFault): string {
  switch (fault.fault) {
    case 'number':
      return `is no share: it has neither the line of one nor its ${SHARE_WORDS} words (${fault.found} words were found)`
    case 'unknown':
      return `is damaged: ${fault.words.map(place).join(' and ')} ${fault.words.length > 1 ? 'are' : 'is'} not in the list of words`
    case 'rows':
      return `is damaged: ${fault.rows.map(rowFault).join('; ')}`
    case 'whole':
      return 'is damaged: each row matches its checksum, and the whole does not: rows of two shares are mixed, or several words are wrong'
  }
}

function rowFault({ row, word }: { row: number; word?: number }): string {
  const first = (row - 1) * WORDS_IN_ROW + 1
  const words = `row ${row} (words ${first} to ${first + WORDS_IN_ROW - 1})`
  if (word === undefined) return `${words} has a wrong word`
  return `${place(word)} is wrong; write ? in its place, and it is found`
}

function place(word: number): string {
  return `word ${word} (row ${Math.ceil(word / WORDS_IN_ROW)})`
}
