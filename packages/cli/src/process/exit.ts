import { inspect } from 'node:util'
import type { Attempt, EnvelopeErrorCode } from '@keyhold/client'
import { OutputGone } from '../descriptors/failures.ts'
import { UsageError } from '../base/errors.ts'
import { isSystemError, systemFailure } from '../base/system-failure.ts'
import type { SystemError } from '../base/system-failure.ts'
import { printable } from '../terminal/printable.ts'

/** What the exit code of a failed command means to a script. Documented in `keyhold --help`. */
export const EXIT = Object.freeze({
  bug: 1,
  usage: 2,
  denied: 3,
  unreachable: 4,
  doesNotOpen: 5,
  contradicts: 6,
  keyUnusable: 7,
  broken: 8,
  file: 9,
  notStarted: 125,
  /** 128 and the number of SIGPIPE, as of a program that this signal ends. */
  outputGone: 141,
})

type ExitName = keyof typeof EXIT

interface Advice {
  exit: ExitName
  /** What to do about it. */
  next: string
}

const CREDENTIALS_NEXT =
  "Check the credentials: `keyhold dev` prints some, and `keyhold init` wrote an administrator's."
const ASK_NEXT = 'Ask an administrator of the key for the permission, or use another key.'
const LOOK_UP_NEXT =
  'Name the key by its ARN, which needs no DescribeKey; to open something, leave -k out, and any key of your account may.'
const LATER_NEXT = 'Try again later.'
const KEY_NEXT = 'List the keys of the account with `keyhold key ls`.'
const CIPHERTEXT_NEXT =
  'It was damaged, or its context was changed: these cannot be told apart. Restore it from a copy that is intact.'
const MESSAGE_NEXT = 'Restore the file from a copy that is intact. `keyhold inspect` shows what its header says.'
const KMS_KEY_NEXT =
  'Name a key that opens it with -k: `keyhold inspect` shows those of a message, `keyhold key-file show` of a key file.'
/** How keys are given, by the key provider that a message names. The name is not authenticated. */
const GIVEN_BY: Readonly<Record<string, string>> = Object.freeze({
  'aws-kms': KMS_KEY_NEXT,
  'aws-kms-rsa': KMS_KEY_NEXT,
  'keyhold-key-file': 'Name its key file with --key-file; `keyhold key-file show` prints the name of one.',
  'keyhold-recovery': 'Open it with --recovery-key and the private half of the recovery key.',
  'aws-kms-hierarchy': 'No flag gives a branch key: read it with the library, hierarchical().',
  'aws-kms-ecdh': 'No flag gives a key for key agreement: read it with the library.',
  'raw-ecdh': 'No flag gives a key for key agreement: read it with the library.',
})
const RAW_KEY_NEXT = 'No flag gives a raw key: read it with the library, rawAes() or rawRsa().'
const NO_SERVER_NEXT = 'Check that one runs there (keyhold serve), and has an admin listener (--admin).'
const ARGUMENTS_NEXT = 'See `keyhold COMMAND --help`.'

/** By the code of an error that a KMS answered, or that says that there was no answer. */
const KMS_ERRORS: Readonly<Record<string, Advice>> = Object.freeze({
  AccessDeniedException: { exit: 'denied', next: ASK_NEXT },
  ExpiredTokenException: { exit: 'denied', next: CREDENTIALS_NEXT },
  IncompleteSignatureException: { exit: 'denied', next: CREDENTIALS_NEXT },
  InvalidSignatureException: { exit: 'denied', next: CREDENTIALS_NEXT },
  MissingAuthenticationTokenException: { exit: 'denied', next: CREDENTIALS_NEXT },
  NotAuthorizedException: { exit: 'denied', next: ASK_NEXT },
  UnrecognizedClientException: { exit: 'denied', next: CREDENTIALS_NEXT },
  // So AWS STS calls the same things.
  ExpiredToken: { exit: 'denied', next: CREDENTIALS_NEXT },
  IncompleteSignature: { exit: 'denied', next: CREDENTIALS_NEXT },
  InvalidClientTokenId: { exit: 'denied', next: CREDENTIALS_NEXT },
  MissingAuthenticationToken: { exit: 'denied', next: CREDENTIALS_NEXT },
  SignatureDoesNotMatch: { exit: 'denied', next: CREDENTIALS_NEXT },
  NO_CREDENTIALS: {
    exit: 'denied',
    next: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile.',
  },

  UNREACHABLE: {
    exit: 'unreachable',
    next: 'Check that the service runs and that --endpoint or AWS_ENDPOINT_URL_KMS names it.',
  },
  TIMEOUT: { exit: 'unreachable', next: LATER_NEXT },
  MALFORMED_ANSWER: { exit: 'unreachable', next: 'Check that --endpoint or AWS_ENDPOINT_URL_KMS names a KMS.' },
  DependencyTimeoutException: { exit: 'unreachable', next: LATER_NEXT },
  KMSInternalException: { exit: 'unreachable', next: LATER_NEXT },
  KeyUnavailableException: { exit: 'unreachable', next: LATER_NEXT },
  LimitExceededException: { exit: 'unreachable', next: 'Wait, or have the limit raised.' },
  ThrottlingException: { exit: 'unreachable', next: LATER_NEXT },

  IncorrectKeyException: { exit: 'doesNotOpen', next: CIPHERTEXT_NEXT },
  InvalidCiphertextException: { exit: 'doesNotOpen', next: CIPHERTEXT_NEXT },

  DisabledException: { exit: 'keyUnusable', next: 'Have the key enabled.' },
  InvalidArnException: { exit: 'keyUnusable', next: KEY_NEXT },
  InvalidKeyUsageException: { exit: 'keyUnusable', next: 'Use a symmetric encryption key.' },
  KMSInvalidStateException: { exit: 'keyUnusable', next: 'Look at the key with `keyhold key show`.' },
  NotFoundException: { exit: 'keyUnusable', next: `Check the key's name, the region and the account. ${KEY_NEXT}` },

  UnsupportedOperationException: { exit: 'usage', next: 'This KMS does not have it, or not for this kind of key.' },
})

/** By the code of an error about a message. NO_KEY_OPENS depends on its attempts, see below. */
const ENVELOPE_ERRORS: Readonly<Record<EnvelopeErrorCode, Advice>> = Object.freeze({
  MALFORMED_MESSAGE: {
    exit: 'doesNotOpen',
    next: 'Check that this is a file that keyhold or an AWS Encryption SDK encrypted.',
  },
  UNSUPPORTED_MESSAGE: { exit: 'doesNotOpen', next: 'Read it with the AWS Encryption SDK that wrote it.' },
  SUITE_REFUSED: {
    exit: 'doesNotOpen',
    next: 'If it is old and you trust its origin, read it with --commitment-policy require-encrypt-allow-decrypt.',
  },
  SIGNED_MESSAGE: { exit: 'usage', next: 'Read it to its end before anything of it is used.' },
  TRUNCATED: { exit: 'doesNotOpen', next: MESSAGE_NEXT },
  TRAILING_BYTES: { exit: 'doesNotOpen', next: MESSAGE_NEXT },
  NOT_AUTHENTIC: { exit: 'doesNotOpen', next: MESSAGE_NEXT },
  LIMIT_EXCEEDED: {
    exit: 'doesNotOpen',
    next: 'If you trust its origin: --max-frame lets longer frames be read, and the library takes other limits.',
  },
  CONTEXT_MISMATCH: {
    exit: 'contradicts',
    next: "See the message's context with `keyhold inspect`: is it the right file?",
  },
  NO_KEY_OPENS: {
    exit: 'keyUnusable',
    next: KMS_KEY_NEXT,
  },
  INVALID_CONTEXT: { exit: 'usage', next: ARGUMENTS_NEXT },
  INVALID_ARGUMENT: { exit: 'usage', next: ARGUMENTS_NEXT },
  MALFORMED_KEY_FILE: { exit: 'doesNotOpen', next: 'Check that this is a key file, and that it was not changed.' },
  NOT_TEXT: { exit: 'doesNotOpen', next: 'Read it as bytes: it opened, and is no UTF-8 text.' },
  CONFLICT: { exit: 'unreachable', next: `Another program changed it meanwhile. ${LATER_NEXT}` },
  INVALID_DATA_KEY: { exit: 'unreachable', next: 'Check that --endpoint or AWS_ENDPOINT_URL_KMS names a KMS.' },
})

/** Of several keys' failures, the one that is most worth telling: what may pass, what can be granted, what is lost. */
const PRECEDENCE: readonly ExitName[] = ['unreachable', 'denied', 'keyUnusable', 'doesNotOpen']

const CALLER: Advice = { exit: 'usage', next: ARGUMENTS_NEXT }

/** What to print about a failure, and what to exit with. */
export interface Failure {
  exitCode: number
  /** What happened and why, and in a line of its own what to do. Fit for a terminal: it may quote what others wrote. */
  message: string
}

/** Several files failed, each of which has been told already. */
export class SeveralFailures extends Error {
  readonly exitCode: number

  constructor(summary: string, exitCodes: readonly number[]) {
    super(summary)
    this.exitCode = worstOf(exitCodes)
  }
}

/** `keyhold exec` did not come to run its command, because of a file. Its exit code is not mistaken for the command's. */
export class NotStarted extends Error {
  constructor(file: string, cause: unknown) {
    super(file, { cause })
  }
}

/** From what cannot be mended to what passes by itself: only if everything may pass should a script just try again. */
const SEVERITY: readonly ExitName[] = [
  'bug',
  'broken',
  'doesNotOpen',
  'contradicts',
  'keyUnusable',
  'denied',
  'file',
  'usage',
  'outputGone',
  'unreachable',
]

function worstOf(exitCodes: readonly number[]): number {
  const name = SEVERITY.find((each) => exitCodes.includes(EXIT[each]))
  return EXIT[name ?? 'bug']
}

/** Describes anything that a command throws. Errors are known by their names, so that nothing is loaded to tell them. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof SeveralFailures) return { exitCode: error.exitCode, message: error.message }
  // A pipe into `head` ends so every time: no words about it.
  if (error instanceof OutputGone) return { exitCode: EXIT.outputGone, message: '' }
  if (error instanceof NotStarted) {
    const { message } = describeFailure(error.cause)
    return { exitCode: EXIT.notStarted, message: `${printable(error.message)}: ${message}` }
  }
  const advice = error instanceof Error ? adviceFor(error) : undefined
  if (!(error instanceof Error) || advice === undefined) return bug(error)
  const more = error instanceof UsageError ? error.lines : []
  const lines = [sentence(error), ...more, advice.next].filter((line) => line !== '')
  return { exitCode: EXIT[advice.exit], message: lines.map(printable).join('\n') }
}

/** An unforeseen error is shown whole, for those who fix it. */
function bug(error: unknown): Failure {
  const text = error instanceof Error ? (error.stack ?? String(error)) : inspect(error)
  const lines = ['This is a bug in keyhold. Please report it with these lines:', ...text.split('\n')]
  return { exitCode: EXIT.bug, message: lines.map(printable).join('\n') }
}

/** A service's own words stand behind its code; some of its errors have no words. Ours, in capitals, speak for themselves. */
function sentence(error: Error): string {
  const code = codeOf(error)
  if (isSystemError(error)) return systemFailure(error).sentence
  const isAnswered = error.name === 'KmsError' && !/^[A-Z_]+$/.test(code)
  if (!isAnswered) return error.message
  return error.message === '' ? `${code}.` : `${code}: ${error.message}`
}

function adviceFor(error: Error): Advice | undefined {
  const code = codeOf(error)
  if (error.name === 'UsageError') return { exit: 'usage', next: '' }
  if (error.name === 'LookUpDenied') return { exit: 'denied', next: LOOK_UP_NEXT }
  if (error.name === 'NoServerError') return { exit: 'unreachable', next: NO_SERVER_NEXT }
  if (error.name === 'FileError') return { exit: 'file', next: '' }
  if (error.name === 'KmsError') return kmsAdvice(code, error)
  if (error.name === 'EnvelopeError') {
    return (code === 'NO_KEY_OPENS' && attemptsAdvice(error)) || ENVELOPE_ERRORS[code as EnvelopeErrorCode]
  }
  return isSystemError(error) ? systemAdvice(error) : undefined
}

function systemAdvice(error: SystemError): Advice {
  const { about, next } = systemFailure(error)
  return { exit: about === 'file' ? 'file' : 'unreachable', next }
}

/** Whatever else a service refuses is about the request: ValidationException and its like. */
function kmsAdvice(code: string, error: Error): Advice {
  const known = Object.hasOwn(KMS_ERRORS, code) ? KMS_ERRORS[code] : undefined
  if (known !== undefined) return known
  const mayPass = 'retryable' in error && error.retryable === true
  return mayPass ? { exit: 'unreachable', next: LATER_NEXT } : CALLER
}

type FailedAttempt = Partial<Pick<Attempt, 'tried' | 'cause' | 'provider'>>

function attemptsAdvice(error: Error): Advice | undefined {
  const attempts = 'attempts' in error && Array.isArray(error.attempts) ? (error.attempts as FailedAttempt[]) : []
  const found = attempts.flatMap(attemptAdvice)
  const worst = PRECEDENCE.flatMap((exit) => found.find((advice) => advice.exit === exit) ?? [])[0]
  return worst ?? notGiven(attempts)
}

/** Nothing was tried: no key that the message names was given. */
function notGiven(attempts: readonly FailedAttempt[]): Advice | undefined {
  const providers = attempts.map(({ provider = '' }) => provider)
  const ways = providers.map((name) => (Object.hasOwn(GIVEN_BY, name) ? GIVEN_BY[name]! : RAW_KEY_NEXT))
  return ways.length === 0 ? undefined : { exit: 'keyUnusable', next: [...new Set(ways)].join(' ') }
}

/** A key that was tried without any service, as that of a key file is, says only that it does not open. */
function attemptAdvice({ cause, tried }: FailedAttempt): Advice | readonly never[] {
  if (cause instanceof Error) return adviceFor(cause) ?? []
  return tried === true ? { exit: 'doesNotOpen', next: CIPHERTEXT_NEXT } : []
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
