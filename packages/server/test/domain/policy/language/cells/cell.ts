import type { PolicyKind } from '../../../../../src/domain/policy/language/contract.ts'
import { STATEMENTS } from '../support.ts'
import type { Source } from './sources.ts'

export const EVERY_KIND: readonly PolicyKind[] = ['identity', 'key', 'trust']

/** One value of one element, in the kinds of documents in which AWS's verdict on it is the same. */
export interface Cell {
  element: string
  kinds: readonly PolicyKind[]
  source: Source
  /** What is put over the smallest statement of the kind; `undefined` takes a member away. */
  change?: object
  /** What is put over the document instead. */
  document?: object
  /** The text, given that of the smallest document of the kind. */
  text?: (smallest: string) => string
  /** Why it is refused, as the sentence begins or holds; absent where it is accepted. */
  refused?: RegExp
  /** Refused when it is put, and read where an earlier build stored it. */
  read?: true
  /** Whether a statement applies that is otherwise about the request: of an Allow and of a Deny. Both, unless given. */
  applies?: { Allow: boolean; Deny: boolean }
}

/** The text of a cell's document of this kind. */
export function textOf({ change = {}, document = {}, text = (one) => one }: Cell, kind: PolicyKind): string {
  return text(JSON.stringify({ Version: '2012-10-17', Statement: [{ ...STATEMENTS[kind], ...change }], ...document }))
}

export function nameOf({ element, change, document, text }: Cell, kind: PolicyKind): string {
  return `${element} in ${kind}: ${JSON.stringify(change ?? document) ?? String(text)}`
}
