import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, TestService } from '../../../support/service.ts'
import { policyOf } from '../../../support/sessions.ts'

interface Answer {
  EvaluationResults: { EvalDecision: string }[]
  IsTruncated: string
  Marker?: string
}

const KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`

function policyOfStatements(count: number): string {
  const one = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*', Condition: { Null: { 'a:b': 'true' } } }
  return JSON.stringify({ Version: '2012-10-17', Statement: Array.from({ length: count }, () => one) })
}

test('the policies of one simulation may have as many characters together as one policy', async () => {
  await using service = await TestService.open('on')
  const half = policyOf('kms:Decrypt').padEnd(65_537)
  const input = { ActionNames: ['kms:Decrypt'], PolicyInputList: [half, half] }
  assert.match(await service.iamFault('SimulateCustomPolicy', input), /^InvalidInput: .*131072 characters in total/)
  const fits = { ...input, PolicyInputList: [half, half.slice(0, -2)] }
  assert.equal((await service.iam<Answer>('SimulateCustomPolicy', fits)).EvaluationResults[0]?.EvalDecision, 'allowed')
})

test('a page of much work ends early, with a marker, and the pages together have every result', async () => {
  await using service = await TestService.open('on')
  const ResourceArns = Array.from({ length: 300 }, (_, index) => `${KEY.slice(0, -3)}${100 + index}`)
  const input = {
    ActionNames: ['kms:Decrypt', 'kms:Encrypt'],
    ResourceArns,
    MaxItems: 1000,
    PolicyInputList: [policyOfStatements(1200)],
  }
  const pages: number[] = []
  let Marker: string | undefined
  do {
    const answer: Answer = await service.iam<Answer>('SimulateCustomPolicy', { ...input, Marker })
    pages.push(answer.EvaluationResults.length)
    Marker = answer.Marker
  } while (Marker !== undefined)
  assert.ok(pages.length > 1, `${pages.length} pages`)
  assert.equal(
    pages.reduce((sum, length) => sum + length),
    600,
  )
})

test('a pair that is more work than one decision may be is an error, and not an answer', async () => {
  await using service = await TestService.open('on')
  const Condition = { StringLike: { 'kms:EncryptionContext:a': Array.from({ length: 10_000 }, () => '*ab*') } }
  const input = {
    ActionNames: ['kms:Decrypt'],
    PolicyInputList: [policyOf('kms:Decrypt', Condition)],
    ContextEntries: [
      {
        ContextKeyName: 'kms:EncryptionContext:a',
        ContextKeyType: 'string',
        ContextKeyValues: ['a'.repeat(8_000)],
      },
    ],
  }
  assert.match(await service.iamFault('SimulateCustomPolicy', input), /^PolicyEvaluation: .*too complex/)
})

test('one account has sixteen simulations waiting, and more are refused', async () => {
  await using service = await TestService.open('on')
  const input = { ActionNames: ['kms:Decrypt'], PolicyInputList: [policyOf('kms:Decrypt')] }
  const answers = await Promise.all(
    Array.from({ length: 18 }, () => service.query('iam', 'SimulateCustomPolicy', input)),
  )
  assert.equal(answers.filter(({ status }) => status === 200).length, 16)
  assert.equal((await service.iam<Answer>('SimulateCustomPolicy', input)).EvaluationResults.length, 1)
})
