import { Command } from 'commander'
import { withConnectionOptions } from '../shared/connection.ts'
import type { ConnectionOptions } from '../shared/connection.ts'
import { interruptible } from '../process/interruption.ts'
import { requireKmsKey, writingKeyring } from '../shared/keyrings.ts'
import { collect } from '../shared/options.ts'
import { FileError } from '../base/errors.ts'
import { showKeyFile } from './description.ts'

type CreateFlags = ConnectionOptions & { key: string[]; recoveryKey: string[]; json?: boolean }

export function keyFileCreateCommand(): Command {
  const command = new Command('create')
    .summary('make a key file')
    .description(
      'Makes a key and writes it to a new file, sealed under KMS keys. Any one of them opens it. Encrypt files under it with\n' +
        '`keyhold encrypt --key-file FILE`: who may open all of them is then changed by `keyhold key-file rewrap`.',
    )
    .argument('<file>', 'the file to make; it must not exist')
    .option('-k, --key <key>', 'a key that shall open it: ARN, id or alias; may be repeated', collect, [])
    .option('--recovery-key <file>', 'a public recovery key that shall open it as well; may be repeated', collect, [])
    .option('--json', 'print JSON')
    .action(create)
  return withConnectionOptions(command)
}

async function create(path: string, flags: CreateFlags): Promise<void> {
  requireKmsKey(flags)
  const { createKeyFile, keyNames } = await import('@keyhold/client')
  const file = await interruptible(async (signal) => {
    const keyring = await writingKeyring(flags, signal)
    return createKeyFile(path, { keyring, signal }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? existing(path) : error
    })
  })
  showKeyFile(file, keyNames(file), flags.json)
}

/** Whatever is encrypted under the key in a file would be lost with it. */
function existing(path: string): FileError {
  return new FileError(`${JSON.stringify(path)} exists already. A key file is never written over: name another one.`)
}
