/** Asks one operation for all that can go wrong with it, one step alone and with all later ones, in one world. */
import { mock } from 'node:test'
import { KMS, type OperationName, SERVICES } from '@keyhold/protocol'
import { systemRandom } from '../../../src/crypto/random.ts'
import { execute } from '../../../src/execution/execute.ts'
import { notYet } from '../../../src/services/kms/not-yet.ts'
import { OPERATIONS } from '../../../src/services/registry.ts'
import { addUser } from '../../support/identities.ts'
import { formBody, readAnswer } from '../../support/query.ts'
import { base64 } from '../../support/service.ts'
import { makeThings, queryBase, type QueryOperation } from '../substitution/query-inputs.ts'
import { SubstitutionWorld } from '../substitution/world.ts'
import { by, type Failing, FAILING_STEPS, type FailingStep, type Sound, type Spoilt } from './failing-steps.ts'
import { prepared } from './prepared.ts'

/** An operation of the registry. */
export interface Asked {
  service: 'kms' | 'iam' | 'sts'
  name: string
}

/** Every operation that can do anything, but one whose callers only a token of an issuer makes. */
export function askedOperations(service: Asked['service']): Asked[] {
  const without = [...notYet.map(({ name }) => name), 'AssumeRoleWithWebIdentity']
  const names = [...OPERATIONS.of(service).keys()].filter((name) => !without.includes(name))
  return names.map((name) => ({ service, name }))
}

type Steps = readonly FailingStep[]

export class StepOrder implements AsyncDisposable {
  readonly #world: SubstitutionWorld
  readonly #stranger: Sound['stranger']
  readonly #foreignCiphertext: string
  #failing: ReadonlySet<Failing> = new Set()

  private constructor(world: SubstitutionWorld, made: Pick<Sound, 'stranger'> & { foreignCiphertext: string }) {
    this.#world = world
    this.#stranger = made.stranger
    this.#foreignCiphertext = made.foreignCiphertext
    this.#makeFail()
  }

  static async open(): Promise<StepOrder> {
    const world = await SubstitutionWorld.open()
    const stranger = await addUser(world.service, 'stranger')
    const { keyId } = await world.service.createKey({}, world.admin)
    const { CiphertextBlob = '' } = await world.service.ok(
      'Encrypt',
      { KeyId: keyId, Plaintext: base64('x') },
      world.admin,
    )
    return new StepOrder(world, { stranger, foreignCiphertext: CiphertextBlob })
  }

  /** Requests that did not fail at the first step at which they would, in words. */
  async wrongAnswers(asked: Asked): Promise<string[]> {
    const sound = await (asked.service === 'kms'
      ? this.#kmsSound(asked.name as OperationName)
      : this.#querySound(asked as QueryOperation))
    const steps = FAILING_STEPS.filter((step) => step.applies(sound))
    const wrong: string[] = []
    for (const [index, step] of steps.entries()) {
      for (const others of laterThan(step, steps.slice(index + 1))) {
        const answer = await this.#answerOf(sound, [step, ...others])
        const beside = others.map(({ name }) => name).join(', ') || 'nothing else'
        if (!step.fault.test(answer)) wrong.push(`${asked.name}: ${step.name}, and ${beside}: ${answer}`)
      }
    }
    await sound.end?.()
    return wrong
  }

  /** Has the server fail by what `#failing` holds. */
  #makeFail(): void {
    const { services } = this.#world.service
    const isFailing = (what: Failing): boolean => this.#failing.has(what)
    const fails = (what: Failing, really = true): void => {
      if (really && isFailing(what)) by(what)
    }
    const throttle = {
      admit: async () => fails('rate'),
      admitBody: () => fails('size of the body'),
      admitDocuments: (_: string, characters: number) => fails('documents', characters > 0),
      admitDecision: () => fails('decisions'),
      decided: () => undefined,
      holdMs: () => 0,
    }
    const space = {
      reserve: {
        get isScarce() {
          return isFailing('space')
        },
      },
      reads: { take: () => false },
    }
    Object.assign(services, { throttle, space })
    const { auditor, records } = services
    const write = auditor.record.bind(auditor)
    mock.method(auditor, 'record', async (record: Parameters<typeof write>[0]) => {
      if (isFailing('record') && record.error === undefined) throw new Error('no record can be written')
      return write(record)
    })
    const commit = records.commit.bind(records)
    mock.method(records, 'commit', async (...committed: Parameters<typeof commit>) => {
      if (isFailing('record')) throw new Error('no record can be written')
      return commit(...committed)
    })
  }

  async #kmsSound(name: OperationName): Promise<Sound> {
    const { service, admin } = this.#world
    const state = name === 'CancelKeyDeletion' ? 'PendingDeletion' : 'Enabled'
    const { arn, keyId, input } = await prepared(name, state, { service, caller: admin })
    await service.services.directory.catchUp()
    const entry = await service.services.directory.key({ region: admin.region, keyId })
    if (entry === undefined) throw new Error(`no key ${keyId}`)
    const operation = OPERATIONS.find('kms', name)
    const hasKey = Object.keys(operation.keys).length > 0
    const key = { arn, record: entry.value, foreignCiphertext: this.#foreignCiphertext }
    const sound = { service: 'kms', operation, caller: admin, stranger: this.#stranger } as const
    return { ...sound, input: input as Sound['input'], ...(hasKey && { key }) }
  }

  async #querySound(asked: QueryOperation): Promise<Sound> {
    const { service, admin } = this.#world
    const things = await makeThings(this.#world, admin)
    const input = await queryBase(asked, this.#world, things, admin)
    const operation = OPERATIONS.find(asked.service, asked.name)
    const sound = { service: asked.service, operation, input, caller: admin, stranger: this.#stranger }
    // An account has a hundred providers at most.
    const { OpenIDConnectProviderArn } = things
    return {
      ...sound,
      end: () => service.iam('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn }, admin),
    }
  }

  async #answerOf(sound: Sound, steps: Steps): Promise<string> {
    const { service } = this.#world
    const { input, caller, key } = sound
    const spoilt: Spoilt = { input, caller, body: (text) => text, key: {}, failing: new Set() }
    // The first one last, so that none of the later ones takes back what it did.
    for (const step of steps.toReversed()) step.spoil(spoilt, sound)
    const isKeySpoilt = key !== undefined && Object.keys(spoilt.key).length > 0
    if (isKeySpoilt) await service.force(key.record.keyId, spoilt.key)
    using _run = spoilt.failing.has('run') ? failingRun(sound) : undefined
    this.#failing = spoilt.failing
    try {
      return await this.#send(sound, spoilt)
    } finally {
      this.#failing = new Set()
      if (isKeySpoilt) await service.force(key.record.keyId, key.record)
    }
  }

  async #send({ service, operation: { name } }: Sound, { input, caller, body }: Spoilt): Promise<string> {
    const { services, clock } = this.#world.service
    const isQuery = SERVICES[service].protocol === 'query'
    const text = isQuery ? formBody(name, SERVICES[service].model.apiVersion, input) : JSON.stringify(input)
    await services.directory.catchUp()
    const request = {
      requestId: systemRandom.uuid(),
      caller: { ...caller, service },
      service,
      secure: false,
      target: isQuery ? undefined : `${KMS.targetPrefix}.${name}`,
      body: Buffer.from(body(text)),
      sourceIp: '127.0.0.1',
      userAgent: 'test',
      receivedAtMs: clock.now(),
    }
    const answer = await execute(request, services)
    if (answer.status === 200) return 'it succeeded'
    const said = Buffer.from(answer.body.bytes).toString()
    const error = isQuery ? readAnswer(said) : (JSON.parse(said) as Record<string, unknown>)
    return `${String(error['Code'] ?? error['__type'])}: ${String(error['Message'] ?? error['message'] ?? '')}`
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#world[Symbol.asyncDispose]()
  }
}

/** Nothing, and all later steps together: once with a key that is there, and once without. */
function laterThan({ about }: FailingStep, later: Steps): Steps[] {
  const withKey = later.filter((step) => step.about !== 'absent key')
  const without = later.filter((step) => step.about !== 'present key')
  if (later.length === 0) return [[]]
  if (about === 'present key') return [[], withKey]
  if (about === 'absent key' || later.every((step) => step.about === undefined)) return [[], without]
  return [[], withKey, without]
}

/** Has the operation's own work fail. */
function failingRun({ operation }: Sound): Disposable {
  const { mock: mocked } = mock.method(operation, 'run', () => Promise.resolve().then(() => by('run')))
  return { [Symbol.dispose]: () => mocked.restore() }
}
