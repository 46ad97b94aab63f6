import { type Cell, EVERY_KIND } from './cell.ts'
import type { Source } from './sources.ts'

const NONE = { Allow: false, Deny: false }
const BOTH = { Allow: true, Deny: true }
/** What a condition without a known meaning does: it never allows, and always denies. */
const IN_DOUBT = { Allow: false, Deny: true }

const of = (Condition: unknown, source: Source, more: Partial<Cell> = {}): Cell => ({
  element: 'Condition',
  kinds: EVERY_KIND,
  source,
  change: { Condition },
  ...more,
})
const value = (operator: string, one: unknown): object => ({ [operator]: { 'aws:PrincipalAccount': one } })

/** The request's account is 111122223333, and its user `alice`. */
export const CONDITIONS: readonly Cell[] = [
  of({}, 'grammar'),
  of([], 'grammar', { refused: /object/ }),
  of('x', 'grammar', { refused: /object/ }),
  of({ StringEquals: 'x' }, 'grammar', { refused: /object/ }),
  of({ StringEquals: {} }, 'uncheckedConditions', { applies: IN_DOUBT }),
  of({ StringNotEquals: {} }, 'uncheckedConditions', { applies: IN_DOUBT }),
  of({ 'ForAllValues:StringLike': {} }, 'uncheckedConditions', { applies: IN_DOUBT }),
  of({ Null: {} }, 'uncheckedConditions', { applies: IN_DOUBT }),
  of({ StringMatches: {} }, 'operators', { refused: /operator/ }),
  of(value('StringEquals', []), 'uncheckedConditions', { applies: IN_DOUBT }),
  of(value('StringNotEquals', []), 'uncheckedConditions', { applies: IN_DOUBT }),
  of(value('StringEqualsIfExists', []), 'uncheckedConditions', { applies: IN_DOUBT }),
  of(value('ForAllValues:StringEquals', []), 'uncheckedConditions', { applies: IN_DOUBT }),
  of(value('ForAnyValue:StringNotLike', []), 'uncheckedConditions', { applies: IN_DOUBT }),
  of(value('NumericLessThan', []), 'uncheckedConditions', { applies: IN_DOUBT }),
  of(value('Null', []), 'uncheckedConditions', { applies: IN_DOUBT }),
  of({ Bool: { 'aws:SecureTransport': [] } }, 'uncheckedConditions', { applies: IN_DOUBT }),
  of({ StringEquals: { username: 'alice' } }, 'uncheckedConditions', { applies: NONE }),
  of({ StringNotEquals: { username: 'alice' } }, 'uncheckedConditions', { applies: BOTH }),
  of({ Null: { constructor: 'true' } }, 'uncheckedConditions', { applies: BOTH }),
  of({ StringEquals: { '': 'x' } }, 'ours', { refused: /key/ }),
  of({ StringEquals: { ':x': 'x' } }, 'ours', { refused: /key/ }),
  of({ StringEquals: { 'aws:': 'x' } }, 'ours', { refused: /key/ }),
  of({ StringEquals: { ' aws:username': 'x' } }, 'ours', { refused: /key/ }),
  of({ StringEquals: { 'AWS:principalACCOUNT': '111122223333' } }, 'condition'),
  of({ StringEquals: { 'aws:PrincipalAccount': '111122223333', 'AWS:PrincipalAccount': '1' } }, 'ours', {
    applies: NONE,
  }),
  of(value('stringEquals', 'x'), 'operators', { refused: /operator/ }),
  of(value('StringMatches', 'x'), 'operators', { refused: /operator/ }),
  of(value('ForSomeValues:StringEquals', 'x'), 'operators', { refused: /operator/ }),
  of(value('NullIfExists', 'true'), 'operators', { refused: /operator/ }),
  of(value('ForAnyValue:Null', 'true'), 'ours', { refused: /operator/ }),
  of(value('StringEqualsIfExists', '111122223333'), 'operators'),
  of(value('StringEquals', 111_122_223_333), 'grammar'),
  of(value('StringEquals', null), 'grammar', { refused: /string/ }),
  of(value('StringEquals', { a: 'b' }), 'grammar', { refused: /string/ }),
  of(value('NumericEquals', 'ten'), 'operators', { refused: /value/ }),
  of(value('DateLessThan', 'soon'), 'operators', { refused: /value/ }),
  of(value('IpAddress', '10.0.0.0/33'), 'operators', { refused: /value/ }),
  of(value('BinaryEquals', 'a b'), 'operators', { refused: /value/ }),
  of({ Bool: { 'aws:SecureTransport': false } }, 'grammar', { applies: NONE }),
  of(value('StringLike', '${aws:PrincipalAccount}'), 'variables'),
  of(value('StringLike', "${aws:SourceIdentity, '111122223333'}"), 'variables'),
  of(value('StringLike', '${aws:SourceIdentity}'), 'variables', { applies: NONE }),
  of(value('StringLike', '${'), 'variables', { refused: /variable/ }),
  of(value('StringLike', '${}'), 'variables', { refused: /variable/ }),
  of(value('StringLike', "${aws:username, 'x}"), 'variables', { refused: /variable/ }),
  of(value('NumericEquals', '${aws:EpochTime}'), 'variables', { refused: /value/ }),
  of({ StringEquals: { 'aws:ResourceTag/team': 'red' } }, 'abac', { kinds: ['identity'], applies: NONE }),
  of({ ArnLike: { 'aws:SourceArn': 'topic' } }, 'operators', { refused: /value/ }),
  ...['aws:ResourceTag/team', 'AWS:resourcetag/team', 'kms:ResourceAliases'].map((key) =>
    of({ StringEquals: { [key]: 'x' } }, 'keyConditions', {
      kinds: ['key'],
      refused: /not permitted in a key policy/,
      read: true,
      applies: NONE,
    }),
  ),
  ...['kms:RequestAlias', 'aws:RequestTag/team'].map((key) =>
    of({ StringEquals: { [key]: 'x' } }, 'abac', { kinds: ['key'], applies: NONE }),
  ),
  {
    element: 'variables of 2008',
    kinds: EVERY_KIND,
    source: 'version',
    change: { Condition: value('StringLike', '${aws:PrincipalAccount}') },
    document: {},
    text: (one) => one.replace('2012-10-17', '2008-10-17'),
    applies: NONE,
  },
]
