/** Compares the answer of a request with the answers of every other way to ask the same question. */
import assert from 'node:assert/strict'
import type { AccessContext } from '../../../../../src/admin/access/access-context.ts'
import { canI } from '../../../../../src/admin/access/can-i.ts'
import { decideAgain } from '../../../../../src/admin/access/decide-again.ts'
import { explainRequest } from '../../../../../src/admin/access/explain-request.ts'
import { replay } from '../../../../../src/admin/access/replay.ts'
import { whoCan } from '../../../../../src/admin/access/who-can.ts'
import type { Caller } from '../../../../../src/identity/accounts/caller.ts'
import type { Decided } from '../../../../../src/execution/authorizer/decided.ts'
import { ACCOUNT } from '../../../../support/service.ts'
import { contextOf, lastRecord } from '../access.ts'
import { Dice } from './dice.ts'
import { CONDITION_KEYS, keyPolicy } from './documents.ts'
import { arranged, type Asked, request, type Situation } from './situation.ts'
import { type Asking, World } from './world.ts'

/** How many arrangements share an audit log and principals. */
const ARRANGEMENTS_OF_WORLD = 12
/** How many requests are sent in one arrangement: each is a situation. */
const SITUATIONS_OF_ARRANGEMENT = 5

/** How often each way was compared with an answer, and how many requests were allowed. */
export type Tally = Record<'requests' | 'allowed' | 'can-i' | 'who-can' | 'explain' | 'replay' | 'simulate', number>

/** Throws at the first of these situations in which two ways disagree, with the seed that repeats it. */
export async function agreeOver(situations: number, firstSeed: number): Promise<Tally> {
  const tally: Tally = { requests: 0, allowed: 0, 'can-i': 0, 'who-can': 0, explain: 0, replay: 0, simulate: 0 }
  for (let seed = firstSeed; tally.requests < situations; seed++) {
    await using world = await World.open()
    const dice = new Dice(seed)
    for (let index = 0; index < ARRANGEMENTS_OF_WORLD && tally.requests < situations; index++) {
      await agreeIn(dice, world, tally, `seed ${seed}, arrangement ${index}`)
    }
  }
  return tally
}

/** A decided request, and its decision. */
interface Sent {
  asked: Asked
  caller: Caller
  allowed: boolean
  timeMs: number
  /** The number of decisions. */
  decisions: number
  why: string
}

async function agreeIn(dice: Dice, world: World, tally: Tally, where: string): Promise<void> {
  const situation = await arranged(dice, world)
  const sent: Sent[] = []
  for (let count = 0; count < SITUATIONS_OF_ARRANGEMENT; count++) {
    // Equal refusals are only counted for a minute, but each needs a record here.
    world.service.clock.advance(61_000)
    const asking = await world.asking(dice, dice.of(world.entities))
    const asked = request(dice, situation, asking.caller)
    sent.push(...(await agreeOn(asked, asking, { situation, world, tally, where: `${where}, request ${count}` })))
  }
  await replaysAgree(dice, situation, sent, { world, tally, where })
}

interface Place {
  situation: Situation
  world: World
  tally: Tally
  where: string
}

async function agreeOn(
  asked: Asked,
  { caller, plain }: Asking,
  { situation, world, tally, where }: Place,
): Promise<Sent[]> {
  const { service } = world
  const { operation, input } = asked
  const { body } = await service.call(operation, input, caller)
  const record = await lastRecord(service)
  const why = `${where}: ${operation} ${JSON.stringify(input)} by ${caller.principal.arn}: ${JSON.stringify(body)}`
  // A fault in the request itself is found before any decision.
  if (record.decision === undefined) return []
  const allowed = body['__type'] !== 'AccessDeniedException'
  assert.equal(record.decision.allowed, allowed, why)
  tally.requests += 1
  tally.allowed += allowed ? 1 : 0
  const again = await decideAgain(record, service.services)
  assert.ok(again !== 'caller-gone', why)
  assert.equal(
    again.every(({ decision }) => decision.allowed),
    allowed,
    `${why}: decided again`,
  )
  const report = await explainRequest(record.requestId, contextOf(service))
  assert.equal(report.now?.decision.allowed, allowed, `${why}: explained`)
  tally.explain += 1
  if (plain !== undefined && asked.action !== undefined && !(asked.byAlias && !situation.hasAlias)) {
    await questionsAgree(asked, plain, allowed, { situation, world, tally, where: why })
  }
  await simulationAgrees(again, caller, { situation, world, tally, where: why })
  return [{ asked, caller, allowed, why, timeMs: record.timeMs, decisions: again.length }]
}

/** `access can-i` and `who-can`: about principals as such, and requests with default parameters. */
async function questionsAgree(
  { action = '', context, grantTokens, byAlias }: Asked,
  plain: string,
  allowed: boolean,
  { situation: { arn, alias }, world: { service }, tally, where }: Place,
): Promise<void> {
  const question = {
    action,
    key: byAlias ? arn.replace(/key\/.*/, alias) : arn,
    ...(context && { encryptionContext: context }),
    ...(grantTokens && { grantTokens }),
  }
  const answer = await canI(question, plain, service.services)
  assert.equal(answer.allowed, allowed, `${where}: can-i`)
  tally['can-i'] += 1
  const listed: string[] = []
  for await (const { principal } of whoCan(question, service.services)) listed.push(principal)
  assert.equal(listed.includes(plain), allowed, `${where}: who-can: ${listed.join(' ')}`)
  tally['who-can'] += 1
}

/**
 * SimulatePrincipalPolicy uses users' own policies and a key's, but no grants; the request states the condition keys.
 */
async function simulationAgrees(decided: readonly Decided[], caller: Caller, place: Place): Promise<void> {
  const { world, situation, tally, where } = place
  const { principal, session } = caller
  if (principal.type !== 'IAMUser' || session !== undefined || situation.grants.length > 0) return
  for (const { action, decision, request: asked, resource } of decided) {
    const { arn, accountId, policy } = resource
    const isKnown = CONDITION_KEYS.every((key) => !asked.conditions.isByDefault(key.toLowerCase()))
    if (arn === undefined || policy === 'missing' || !isKnown) continue
    const ContextEntries = CONDITION_KEYS.flatMap((ContextKeyName) => {
      const ContextKeyValues = asked.conditions.get(ContextKeyName.toLowerCase())
      return ContextKeyValues?.length ? [{ ContextKeyName, ContextKeyValues, ContextKeyType: 'stringList' }] : []
    })
    const text = policy === 'none' ? undefined : await world.keyPolicyOf(arn)
    const input = {
      PolicySourceArn: principal.arn,
      ActionNames: [action],
      ResourceArns: [arn],
      ContextEntries,
      ...(text !== undefined && { ResourcePolicy: text, ResourceOwner: accountId }),
    }
    const { status, body } = await world.service.query(
      'iam',
      'SimulatePrincipalPolicy',
      input,
      world.adminOf(principal.accountId),
    )
    // A policy that names a deleted principal contains an id, which no new policy can name.
    if (status !== 200) {
      assert.match(JSON.stringify(body), /invalid principal|A[IR][DO]A/i, where)
      continue
    }
    const [result] = (body as { EvaluationResults: { EvalDecision: string }[] }).EvaluationResults
    assert.equal(
      result?.EvalDecision === 'allowed',
      decision.allowed,
      `${where}: simulated ${action} on ${arn}: ${JSON.stringify(input)}`,
    )
    tally.simulate += 1
  }
}

/** Replays the present policy, which changes nothing, and another one, which is then put and checked. */
async function replaysAgree(
  dice: Dice,
  { keyId, arn }: Situation,
  sent: readonly Sent[],
  { world, tally, where }: Omit<Place, 'situation'>,
): Promise<void> {
  const context = contextOf(world.service)
  const present = await world.keyPolicyOf(arn)
  // A deleted principal appears as an id, which no new policy can name.
  if (!/"A[IR][DO]A/.test(present)) {
    const { breaks, allows } = await replay({ key: arn, policy: present, sinceMs: 0, untilMs: Date.UTC(2030) }, context)
    assert.deepEqual([breaks, allows], [[], []], `${where}: replayed with the present policy`)
  }
  const policy = keyPolicy(dice, await world.named())
  const predicted = await Promise.all(sent.map((one) => predictionOf(one, { arn, policy }, context)))
  await world.service.ok('PutKeyPolicy', { KeyId: keyId, Policy: policy }, world.adminOf(ACCOUNT))
  for (const [index, { asked, caller, why }] of sent.entries()) {
    const expected = predicted[index]
    if (expected === undefined) continue
    world.service.clock.advance(61_000)
    const { body } = await world.service.call(asked.operation, asked.input, caller)
    assert.equal(body['__type'] !== 'AccessDeniedException', expected, `${why}: replayed under ${policy}`)
    tally.replay += 1
  }
}

/** Whether a request would be allowed with a policy of its key; `undefined` if that policy alone does not decide it. */
async function predictionOf(
  { allowed, timeMs, decisions }: Sent,
  { arn, policy }: { arn: string; policy: string },
  context: AccessContext,
): Promise<boolean | undefined> {
  const report = await replay({ key: arn, policy, sinceMs: timeMs, untilMs: timeMs + 1 }, context)
  if (decisions !== 1 || report.decisions !== 1 || report.deniedAnyway.length > 0) return undefined
  if (report.breaks.length > 0) return false
  return report.allows.length > 0 || allowed
}
