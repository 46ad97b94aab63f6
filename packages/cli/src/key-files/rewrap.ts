import type { RewrapKeyFileOptions } from '@keyhold/client'
import { Command } from 'commander'
import { warn } from '../descriptors/standard.ts'
import { connection, withConnectionOptions } from '../shared/connection.ts'
import type { ConnectionOptions } from '../shared/connection.ts'
import { interruptible } from '../process/interruption.ts'
import { readingKeyring, resolveAll, trustedKeys } from '../shared/keyrings.ts'
import { warnNotKept } from '../shared/not-kept.ts'
import { collect } from '../shared/options.ts'
import { UsageError } from '../base/errors.ts'
import { showKeyFile } from './description.ts'

interface RewrapFlags extends ConnectionOptions {
  key: string[]
  add: string[]
  remove: string[]
  json?: boolean
}

const REMOVED =
  'keyhold: warning: this file alone has changed. A person who kept a copy of it and may still use a removed key can open\n' +
  'whatever is encrypted under it, also in future. If that matters, make a new key file and `keyhold rewrap` the data to it.'

export function keyFileRewrapCommand(): Command {
  const command = new Command('rewrap')
    .summary('change which keys open a key file')
    .description(
      'Changes which keys open a key file, and with it everything that is encrypted under it. The KMS does it by ReEncrypt,\n' +
        'so that the key in the file is never seen; for a key in another region the file is opened here. Without -k any key\n' +
        'of your own account may be used to that end, and no other: a stranger would know the key in a file of theirs.',
    )
    .argument('<file>', 'the key file, which is replaced')
    .option('--add <key>', 'a key that shall open it, too: ARN, id or alias; may be repeated', collect, [])
    .option('--remove <key>', 'a key that shall open it no longer; may be repeated', collect, [])
    .option('-k, --key <key>', 'a key that opens it now, and that you trust; may be repeated', collect, [])
    .option('--json', 'print JSON')
    .action(rewrap)
  return withConnectionOptions(command)
}

async function rewrap(path: string, flags: RewrapFlags): Promise<void> {
  if (flags.add.length + flags.remove.length === 0) throw new UsageError('Nothing to do: --add or --remove a key.')
  const { keyNames, readKeyFile, rewrapKeyFile } = await import('@keyhold/client')
  const file = await interruptible(async (signal) => {
    const names = keyNames(await readKeyFile(path))
    return rewrapKeyFile(path, {
      ...(await changes(names, flags, signal)),
      onNotKept: (what) => warnNotKept(path, what),
      signal,
    })
  })
  if (flags.remove.length > 0) warn(REMOVED)
  showKeyFile(file, keyNames(file), flags.json)
}

/** A key that the file names needs no KMS to be removed: it may be gone there. */
async function changes(
  names: readonly string[],
  flags: RewrapFlags,
  signal: AbortSignal,
): Promise<RewrapKeyFileOptions> {
  const remove = flags.remove.flatMap((key) => nameOf(key, names) ?? [])
  const lookedUp = flags.remove.filter((key) => nameOf(key, names) === undefined)
  if (flags.add.length + lookedUp.length === 0) return { remove }
  const { kms } = await import('@keyhold/client')
  const service = kms(await connection(flags))
  remove.push(...(await resolveAll(service, lookedUp, signal)))
  if (flags.add.length === 0) return { remove }
  const add = [...new Set(await resolveAll(service, flags.add, signal))]
  const present = add.find((key) => names.includes(key) && !remove.includes(key))
  if (present !== undefined) throw new UsageError(`The key file is sealed under ${present} already.`)
  const from = await trustedKeys(service, flags.key, signal)
  return { kms: service, from, open: await readingKeyring(flags, signal), add, remove }
}

/** The name of a key in the file that is given by it, or by its id. */
function nameOf(key: string, names: readonly string[]): string | undefined {
  return names.find((name) => name === key || name.endsWith(`:key/${key}`))
}
