import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explain } from '../../../../src/domain/policy/explain/explain.ts'
import { renderExplanation } from '../../../../src/domain/policy/explain/render.ts'
import { fakePolicy } from '../support/fake-policy.ts'
import { LANGUAGES } from '../support/languages.ts'
import { requestOf, type World, worldOf } from '../support/world.ts'

test('a denial is shown layer by layer, with what came nearest and what would allow it', () => {
  const world = worldOf('session', ['names-account', 'identity-silent', 'session-silent', 'grant-other-context'])
  const [statement] = world.identity[0]?.Statement ?? []
  assert.ok(statement)
  Object.assign(statement, {
    Sid: 'Ebs',
    Action: 'kms:Decrypt',
    Condition: { StringEquals: { 'kms:ViaService': 'ec2' } },
  })
  assert.equal(
    rendered(world),
    `Denied: arn:aws:sts::111122223333:assumed-role/reader/monday asked for kms:Decrypt on arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
  no-identity-allow: None of the principal's identity policies allows it.

resource policy
  key policy
    Allow Statement[0] applies, naming the account

identity policy
  identity-0
    Allow Statement[0] (Ebs) does not apply: condition StringEquals kms:ViaService: wanted "ec2", found nothing

permissions boundary
  absent

session policy
  session-0
    Allow Statement[0] does not apply: another action

grants
  grant-0 does not apply: constraint EncryptionContextSubset: wanted {"volume":"vol-2"}, found {"volume":"vol-1"}

nearest to an allow
  identity policy identity-0 Statement[0] (Ebs)
    condition StringEquals kms:ViaService: wanted "ec2", found nothing

smallest change
  1. Add to an identity policy of arn:aws:sts::111122223333:assumed-role/reader/monday (identity-0):
     {"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","Condition":{"StringEquals":{"kms:EncryptionContext:volume":"vol-1"},"Null":{"kms:ViaService":"true"}}}
  2. Add to a session policy of arn:aws:sts::111122223333:assumed-role/reader/monday (session-0):
     {"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","Condition":{"StringEquals":{"kms:EncryptionContext:volume":"vol-1"}}}
`,
  )
})

test('a condition that names no key or no value is shown as what holds back, and no allow is bound to it', () => {
  const world = worldOf('user', ['names-account', 'identity-silent'])
  const [statement] = world.identity[0]?.Statement ?? []
  assert.ok(statement)
  Object.assign(statement, {
    Action: 'kms:Decrypt',
    Condition: { StringLike: {}, StringNotEquals: { 'kms:KeySpec': [] } },
  })
  const text = renderExplanation(explain(requestOf(world, LANGUAGES[1]![1])))
  assert.match(
    text,
    /condition StringLike names no key; condition StringNotEquals kms:KeySpec: wanted an empty list, found/,
  )
  assert.doesNotMatch(text, /"Null":\{"":/)
})

test('an allow is shown with what allowed it, and no change', () => {
  const text = rendered(worldOf('user', ['grant-self']))
  assert.match(text, /^Allowed: .*\n {2}named-by-grant: A grant allows the principal itself\.\n/)
  assert.match(text, /\nidentity policy\n {2}no policy, so nothing is allowed\n/)
  assert.match(text, /\ngrants\n {2}grant-0 applies, naming the principal\n/)
  assert.doesNotMatch(text, /smallest change|nearest/)
})

test('denies that are to be narrowed or removed, and grants that are to be made, are named', () => {
  const denied = worldOf('user', ['names-user', 'key-denies'])
  assert.match(
    rendered({ ...denied, context: {} }),
    /1\. Add one more condition to Statement\[1\] of resource policy key policy:\n {5}\{"ArnNotEquals".*\n {5}This exempts the principal from everything that the statement denies\./,
  )
  assert.match(
    rendered(denied),
    /1\. Replace Statement\[1\] of resource policy key policy with 2 copies, .*:\n {5}\{"ArnNotEquals".*\n {5}\{"StringNotEquals"/,
  )
  assert.match(
    rendered(worldOf('service', ['names-service', 'key-denies'])),
    /1\. Remove Statement\[1\] of resource policy key policy\./,
  )
  assert.match(rendered(worldOf('user', ['grant-other-operation'])), /1\. Create a grant:\n {5}\{"grantee":\{"arn"/)
  assert.match(rendered(worldOf('user', [])), /1\. Add to the resource policy \(key policy\):/)
  assert.match(rendered(worldOf('user', ['nowhere'])), /1\. Add to an identity policy of \S+ \(a new one\):/)
})

test('a Deny that applies although NotPrincipal lists the principal says why', () => {
  const words = ['names-user', 'key-spares-self', 'boundary-allows']
  for (const [, compile] of LANGUAGES) {
    const text = renderExplanation(explain(requestOf(worldOf('user', words), compile)))
    assert.match(
      text,
      /\n {4}Deny Statement\[1\] applies, .*NotPrincipal does not exempt because it has a permissions boundary\n/,
    )
    assert.match(text, /each with one more condition:\n {5}\{"ArnNotEquals"/)
  }
})

test('a statement that was given up is told from one that did not match', () => {
  const explanation = explain(requestOf(worldOf('user', ['names-user']), fakePolicy))
  const layers = explanation.layers.map(({ layer, policies }) => ({
    layer,
    policies:
      policies === 'absent'
        ? policies
        : policies.map(({ name, statements }) => ({
            name,
            statements: statements.map((trace) => ({ ...trace, applies: false })),
          })),
  }))
  assert.match(
    renderExplanation({ ...explanation, layers }),
    /Allow Statement\[0\] does not apply: it could not be evaluated/,
  )
})

test('it is said where no change can help, and where nothing can be named', () => {
  const text = rendered(worldOf('user', ['unknown']))
  assert.match(text, /^Denied: \S+ asked for kms:Decrypt on an unknown resource\n/)
  assert.match(text, /\nsmallest change\n {2}none: no policy and no grant can allow this\n/)
})

function rendered(world: World): string {
  return renderExplanation(explain(requestOf(world, fakePolicy)))
}
