import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy } from '../../../../src/domain/policy/language/compile.ts'
import type { PolicyKind, Verdict } from '../../../../src/domain/policy/language/contract.ts'
import type { PolicyDocument } from '../../../../src/domain/policy/language/document.ts'
import { parsePolicy } from '../../../../src/domain/policy/language/parse.ts'
import { acceptPolicy } from '../../../../src/domain/policy/language/put/accept.ts'
import { type Cell, nameOf, textOf } from './cells/cell.ts'
import { CELLS } from './cells/cells.ts'
import { SOURCES } from './cells/sources.ts'
import { ACCOUNT, conditions, request } from './support.ts'

/** Characters that no parameter may have are refused before a document is read. */
const OF_PARAMETERS = ['control', 'mark', 'wide']

const each = function* (): Generator<[Cell, PolicyKind, string]> {
  for (const cell of CELLS) for (const kind of cell.kinds) yield [cell, kind, nameOf(cell, kind)]
}

test('every document that AWS refuses is refused when it is put, and no other', () => {
  for (const [cell, kind, name] of each()) {
    if (OF_PARAMETERS.includes(cell.element)) continue
    const { fault } = acceptPolicy(textOf(cell, kind), kind)
    if (cell.refused === undefined) assert.equal(fault, undefined, `${name}: ${fault?.message}`)
    else assert.match(fault?.message ?? 'accepted', cell.refused, name)
    assert.ok(SOURCES[cell.source])
  }
})

test('what an earlier build stored is read, also where it can no longer be put', () => {
  for (const [cell, kind, name] of each()) {
    if (OF_PARAMETERS.includes(cell.element)) continue
    const { fault } = parsePolicy(textOf(cell, kind), kind)
    const isRead = cell.refused === undefined || cell.read === true
    assert.equal(fault === undefined, isRead, `${name}: ${fault?.message}`)
  }
})

/** The document with all of its statements of this effect. */
function withEffect(document: PolicyDocument, effect: 'Allow' | 'Deny'): PolicyDocument {
  return { ...document, statements: document.statements.map((one) => ({ ...one, effect })) }
}

function verdictOn(document: PolicyDocument, kind: PolicyKind): Verdict {
  const values = { 'aws:principalaccount': [ACCOUNT], 'aws:username': ['alice'], 'aws:securetransport': ['true'] }
  const asked = kind === 'trust' ? { action: 'sts:AssumeRole' } : {}
  return compilePolicy(document, kind).evaluate(request({ conditions: conditions(values), ...asked }))
}

test('every document that is read decides as its cell says, for an Allow and for a Deny', () => {
  let decided = 0
  for (const [cell, kind, name] of each()) {
    const { policy } = parsePolicy(textOf(cell, kind), kind)
    if (policy === undefined || OF_PARAMETERS.includes(cell.element)) continue
    const { Allow, Deny } = cell.applies ?? { Allow: true, Deny: true }
    const { allow } = verdictOn(withEffect(policy, 'Allow'), kind)
    const { deny } = verdictOn(withEffect(policy, 'Deny'), kind)
    assert.equal(Object.keys(allow).length > 0, Allow, `${name}, Allow`)
    assert.equal(deny !== undefined, Deny, `${name}, Deny`)
    decided += 1
  }
  assert.ok(decided > 100, String(decided))
})
