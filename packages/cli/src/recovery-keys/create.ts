import { Command } from 'commander'
import { open, unlink } from 'node:fs/promises'
import { print } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { properties } from '../terminal/table.ts'

const PRIVATE = 0o600
const PUBLIC = 0o644

export function recoveryKeyCreateCommand(): Command {
  return new Command('create')
    .summary('make a recovery key')
    .description(
      'Makes an RSA key pair: the private half in FILE, the public half in FILE.pub. `keyhold encrypt --recovery-key FILE.pub`\n' +
        'lets the private half open what it encrypts, without any KMS. Keep that off every server: who has it opens all of it.',
    )
    .argument('<file>', 'the file to make; neither it nor FILE.pub may exist')
    .option('--json', 'print JSON')
    .action(create)
}

async function create(privateFile: string, { json }: { json?: boolean }): Promise<void> {
  const { generateRecoveryKey, recoveryKeyName } = await import('@keyhold/client')
  const publicFile = `${privateFile}.pub`
  const { privateKey, publicKey } = await generateRecoveryKey()
  const name = recoveryKeyName(publicKey)
  await writeNew(privateFile, privateKey, PRIVATE)
  await writeNew(publicFile, publicKey, PUBLIC).catch(async (error: unknown) => {
    await unlink(privateFile)
    throw error
  })
  if (json === true) return printJson({ name, privateFile, publicFile })
  print(
    properties([
      ['name', name],
      ['private', `${privateFile} (keep it off every server)`],
      ['public', publicFile],
    ]),
  )
}

/** Nothing is ever replaced: it may be the only key to a user's backups. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
