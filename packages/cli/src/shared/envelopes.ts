import type { CommitmentPolicy, Envelope, EnvelopeError, ExpectedContext } from '@keyhold/client'
import { type Command, Option } from 'commander'
import { describeFailure, EXIT } from '../process/exit.ts'
import { BOUND_PATH } from './bound-path.ts'
import type { Binding } from './bound-path.ts'
import { expectedContext, isUnderPublicKeys, readingKeyring, writingKeyring } from './keyrings.ts'
import type { ReadingKeys, WritingKeys } from './keyrings.ts'
import { collectContext, limitsOf, withMaxFrame } from './options.ts'

type Context = Readonly<Record<string, string>>

export interface WritingFlags extends WritingKeys, Binding {
  unsigned?: boolean
}

export interface ReadingFlags extends ReadingKeys, Binding {
  context: Context
  commitmentPolicy: ReadingPolicy
  /** In bytes. */
  maxFrame?: number
}

/** The policies of the AWS Encryption SDK that read, as its own command spells them. */
const READING_POLICIES = {
  'require-encrypt-require-decrypt': 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
  'require-encrypt-allow-decrypt': 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
} as const satisfies Readonly<Record<string, CommitmentPolicy>>

type ReadingPolicy = keyof typeof READING_POLICIES
const DEFAULT_POLICY: ReadingPolicy = 'require-encrypt-require-decrypt'

/** Adds the flags that say which messages are read, whatever their keys. */
export function withExpectations(command: Command): Command {
  return withMaxFrame(command)
    .option('-c, --context <name=value>', 'a pair that its context must have; may be repeated', collectContext, {})
    .addOption(
      new Option('--commitment-policy <policy>', 'whether it must commit to its key, as old messages do not')
        .choices(Object.keys(READING_POLICIES))
        .default(DEFAULT_POLICY),
    )
}

/** Adds the flag that says how messages are written. */
export function withUnsigned(command: Command): Command {
  return command.option(
    '--unsigned',
    'without a signature: faster, but everyone who can decrypt it could have written it. So it is where only public keys are named',
  )
}

/** Writes messages under the keys of the flags. */
export async function writingEnvelope(flags: WritingFlags, signal: AbortSignal): Promise<Envelope> {
  const { Envelope: Constructor } = await import('@keyhold/client')
  const signed = flags.unsigned !== true && !isUnderPublicKeys(flags)
  return new Constructor({ keyring: await writingKeyring(flags, signal), signed, requiredContext: boundNames(flags) })
}

/** Reads messages that one of the keys of the flags opens. */
export interface Reader {
  envelope: Envelope
  /** What a message at this place must say. */
  expect(boundInput: string | undefined): ExpectedContext
  /** Does what reads such a message; says of one that does not open that its place may be the reason. */
  reading<T>(boundInput: string | undefined, read: () => Promise<T>): Promise<T>
}

export async function reader(flags: ReadingFlags, signal: AbortSignal): Promise<Reader> {
  const client = await import('@keyhold/client')
  const keyring = await readingKeyring(flags, signal)
  return {
    envelope: new client.Envelope({
      keyring,
      requiredContext: boundNames(flags),
      commitmentPolicy: READING_POLICIES[flags.commitmentPolicy],
      ...limitsOf(flags.maxFrame),
    }),
    expect: (boundInput) => expectedContext(client, withPlace(flags.context, boundInput)),
    reading: (boundInput, read) =>
      read().catch((error: unknown) => {
        throw boundInput !== undefined && error instanceof client.EnvelopeError ? withDoubt(error, boundInput) : error
      }),
  }
}

/** A key that refuses may do so for the place alone. */
function withDoubt(error: EnvelopeError, boundInput: string): EnvelopeError {
  if (error.code !== 'NO_KEY_OPENS' || describeFailure(error).exitCode !== EXIT.doesNotOpen) return error
  error.message += ` Was it renamed or moved? It opens only if it was bound to ${JSON.stringify(boundInput)}.`
  return error
}

function boundNames({ bindPath }: Binding): readonly string[] {
  return bindPath === undefined ? [] : [BOUND_PATH]
}

/** A context with the place of an encrypted file, where it is bound to it. */
export function withPlace(context: Context, place: string | undefined): Context {
  return place === undefined ? context : { ...context, [BOUND_PATH]: place }
}
