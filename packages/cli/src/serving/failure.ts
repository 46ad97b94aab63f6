import { EXIT, type Failure } from '../process/exit.ts'
import { isSystemError } from '../base/system-failure.ts'
import { printable } from '../terminal/printable.ts'

type Describe = (error: Error & { code?: unknown; lines?: readonly string[] }) => Failure | undefined

const DISK_NEXT = "Check the disk's room and health, and start again."

/** By the error's code. What is not here, such as a store used after it was closed, is a bug. */
const STORAGE: Readonly<Record<string, { exit: keyof typeof EXIT; next: string }>> = Object.freeze({
  busy: { exit: 'unreachable', next: 'Another process holds the database: try again, or stop that process.' },
  full: { exit: 'file', next: DISK_NEXT },
  io: { exit: 'file', next: DISK_NEXT },
  failed: { exit: 'unreachable', next: DISK_NEXT },
  damaged: { exit: 'broken', next: 'Keep the folder as it is, and go on with a copy from your backup.' },
  tampered: {
    exit: 'broken',
    next:
      'Keep a copy of the folder as it is. If you have put back a copy of keyhold.db, move keyhold.db-wal and keyhold.db-shm ' +
      'away; if you know what was changed, accept it: keyhold operator accept-database.',
  },
  missing: { exit: 'broken', next: 'Nothing was made or changed. `keyhold init` makes another folder.' },
  access: { exit: 'file', next: 'Run keyhold as the user who owns the data folder.' },
  'read-only': { exit: 'file', next: 'Copy the whole folder to another file system, or mount this one for writing.' },
  'newer-schema': { exit: 'usage', next: 'Use the Keyhold that wrote the folder, or a later one.' },
  foreign: { exit: 'usage', next: 'Name a folder that keyhold init made.' },
  unsupported: { exit: 'usage', next: 'Use a newer Node.' },
})

/** By the code of a BackupError. */
const BACKUP: Readonly<Record<string, keyof typeof EXIT>> = Object.freeze({
  recipients: 'usage',
  target: 'file',
  damaged: 'broken',
  foreign: 'keyUnusable',
  locked: 'keyUnusable',
  chain: 'usage',
  unsupported: 'usage',
})

/** By the error's name, as the classes belong to the server, which most commands never load. */
const SERVER_ERRORS: Readonly<Record<string, Describe>> = Object.freeze({
  AccessError: (error) =>
    'about' in error && error.about === 'key' ? failure('keyUnusable', error.message) : failure('usage', error.message),
  AdminListenerError: ({ message }) => failure('usage', message, 'See --admin.'),
  ListenError: ({ message, cause }) => {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
    return failure('usage', message, ...(isTaken ? ['Name another port with --port; 0 takes any that is free.'] : []))
  },
  OperatorError: ({ message, lines = [] }) => failure('usage', message, ...lines.map((line) => `  ${line}`)),
  BackupError: ({ message, code }) => {
    const exit = typeof code === 'string' && Object.hasOwn(BACKUP, code) ? BACKUP[code] : undefined
    return exit && failure(exit, message)
  },
  AccessLogError: ({ message }) => failure('file', message),
  CertificateError: ({ message }) => failure('usage', message),
  DataFolderError: ({ message, cause }) => failure(isSystemFailure(cause) ? 'file' : 'usage', message),
  IssuersFileError: ({ message }) => failure('usage', `The file of --oidc cannot be used: ${message}`),
  TrustedProxyError: ({ message }) => failure('usage', message, 'See --trusted-proxy.'),
  OriginError: ({ message }) => failure('usage', message, 'See --allow-origin.'),
  HostNameError: ({ message }) => failure('usage', message, 'See --allow-host.'),
  RequestRateError: ({ message }) => failure('usage', message, 'See `keyhold operator quota show`.'),
  SeedError: ({ message }) => failure('usage', `The seed file cannot be used: ${message}`),
  RollbackError: ({ message }) =>
    failure('broken', message, 'If there is no newer database, accept this one: keyhold operator accept-rollback.'),
  RootError: ({ message }) => failure('keyUnusable', message),
  IntegrityError: ({ message }) => failure('broken', message, 'Keep the folder as it is: its database was changed.'),
  StorageError: ({ message, code }) => {
    const known = typeof code === 'string' && Object.hasOwn(STORAGE, code) ? STORAGE[code] : undefined
    return known && failure(known.exit, message, known.next)
  },
})

function isSystemFailure(cause: unknown): boolean {
  return cause instanceof Error && isSystemError(cause)
}

/** What to say when a server or a data folder did not start, or `undefined` when the error is not of that kind. */
export function serverFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined
  return Object.hasOwn(SERVER_ERRORS, error.name) ? SERVER_ERRORS[error.name]?.(error) : undefined
}

function failure(exit: keyof typeof EXIT, ...lines: string[]): Failure {
  return { exitCode: EXIT[exit], message: lines.map(printable).join('\n') }
}
