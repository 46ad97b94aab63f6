import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePolicy } from '../../../../src/domain/policy/language/parse.ts'
import { principalTexts, withPrincipals } from '../../../../src/domain/policy/language/principal-texts.ts'
import { principalsOf } from '../../../../src/domain/policy/language/document.ts'

const ANN = 'arn:aws:iam::111122223333:user/ann'
const BEN = 'arn:aws:iam::111122223333:user/ben'

/** Principals in every form and place, beside strings that look like them. */
const DOCUMENTS = [
  `{"Statement":{"Effect":"Allow","Principal":{"AWS":"${ANN}"},"Action":"kms:*","Resource":"*"}}`,
  `{ "Version" : "2012-10-17",\r\n\t"Id":"${ANN}", "Statement" : [
     {"Sid":"${ANN.replaceAll(/[^a-z]/g, '')}","NotPrincipal" : { "Service":"a.example", "AWS" : [ "${BEN}" ,"${ANN}", "*" ] },
      "Effect":"Deny", "Action":["kms:*"],"Resource":"*",
      "Condition":{"StringLike":{"aws:PrincipalArn":["${ANN}","${BEN}"]},"Bool":{"aws:SecureTransport":true}}},
     {"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"${ANN}"}] }`,
  `{"St\\u0061tement":[{"Effect":"Allow","Princip\\u0061l":{"\\u0041WS":["\\u0061${ANN.slice(1)}"]},"Action":"kms:a","Resource":"*"}]}`,
]

test('the principals that are found are those that the parser finds, each at its place', () => {
  for (const text of DOCUMENTS) {
    const { policy } = parsePolicy(text, 'key')
    assert.ok(policy, text)
    const found = principalTexts(text)
    const parsed = principalsOf(policy).filter(({ path }) => path.includes('.AWS'))
    assert.deepEqual(
      found.map(({ value }) => value),
      parsed.map(({ text: named }) => named),
    )
    for (const { value, start, end } of found) assert.equal(JSON.parse(text.slice(start, end)), value)
  }
})

test('replacing principals changes nothing else', () => {
  for (const text of DOCUMENTS) {
    assert.equal(withPrincipals(text, new Map()), text)
    assert.equal(withPrincipals(text, new Map([[ANN, ANN]])), text)
    const renamed = withPrincipals(text, new Map([[ANN, 'AIDA"GONE']]))
    const places = principalTexts(text)
    // The same document with a mark at every principal, before and after.
    const mark = (document: string): string => {
      const marks = principalTexts(document).toReversed()
      return marks.reduce((rest, { start, end }) => `${rest.slice(0, start)}@${rest.slice(end)}`, document)
    }
    assert.equal(mark(renamed), mark(text))
    assert.deepEqual(
      principalTexts(renamed).map(({ value }) => value),
      places.map(({ value }) => (value === ANN ? 'AIDA"GONE' : value)),
    )
  }
})
