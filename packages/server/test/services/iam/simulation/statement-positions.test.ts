import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { statementPositions } from '../../../../src/services/iam/simulation/statement-positions.ts'

const TEXT = `{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["a:b", "c:\\"]}"], "Resource": "*"},
    {
      "Effect": "Deny", "Action": "*", "Resource": "*" }
  ]
}`

test('a statement lies from its opening brace to behind its closing one, counted from 1', () => {
  assert.deepEqual(statementPositions(TEXT)(0), {
    StartPosition: { Line: 4, Column: 5 },
    EndPosition: { Line: 4, Column: 70 },
  })
  assert.deepEqual(statementPositions(TEXT)(1), {
    StartPosition: { Line: 5, Column: 5 },
    EndPosition: { Line: 6, Column: 57 },
  })
  assert.equal(statementPositions(TEXT)(2), undefined)
})

test('a single statement needs no brackets, and the member may be written with escapes', () => {
  const text = '{"Id":"Statement","St\\u0061tement":{"Sid":"Statement"}}'
  assert.deepEqual(statementPositions(text)(0), {
    StartPosition: { Line: 1, Column: 36 },
    EndPosition: { Line: 1, Column: 55 },
  })
})

test('property: the text between the positions is the statement, however it is written', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any')),
      fc.dictionary(fc.string(), tie('any')),
    ),
  })).any
  const statements = fc.array(fc.dictionary(fc.string(), value), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(statements, fc.constantFrom(0, 1, '\t'), fc.string(), (list, indent, Id) => {
      const text = JSON.stringify({ Id, Statement: list }, undefined, indent)
      const lines = text.split('\n')
      const offset = ({ Line, Column }: { Line?: number; Column?: number }): number =>
        lines.slice(0, Line! - 1).reduce((sum, line) => sum + line.length + 1, 0) + Column! - 1
      for (const [index, statement] of list.entries()) {
        const { StartPosition, EndPosition } = statementPositions(text)(index)!
        const cut = text.slice(offset(StartPosition), offset(EndPosition))
        assert.deepEqual(JSON.parse(cut), JSON.parse(JSON.stringify(statement)))
      }
    }),
  )
})
