import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type AddFlags, addedCommand, addWay } from './adding.ts'

/** `operator root add file`. */
export function addFileCommand(): Command {
  return addedCommand('file', 'a root file: the key of a way, which a rotation of the root leaves as it is')
    .description(
      'Makes a root file that only its owner can read, and a way to the root that it opens. It can be mounted for reading\n' +
        'alone. Keep it apart from the data folder: a copy of both has every key.',
    )
    .requiredOption('--file <file>', 'the root file to make; nothing is replaced')
    .action(async ({ file, ...flags }: AddFlags & { file: string }) =>
      addWay(flags, { kind: 'file', settings: { file: resolve(file) } }),
    )
}

interface PassphraseFlags extends AddFlags {
  newPassphraseFile?: string
  keepFile?: boolean
}

/** `operator root add passphrase`. */
export function addPassphraseCommand(): Command {
  return addedCommand('passphrase', 'a passphrase, by argon2id')
    .description(
      'Makes a way to the root that a passphrase of at least 12 bytes opens. A guess costs about a second on this machine.\n' +
        'It is read from a file, or typed twice at a terminal. A server asks no one: name its file with --passphrase-file, or\n' +
        'let the way name it with --keep-file.',
    )
    .option(
      '--new-passphrase-file <file>',
      'a file that has the new passphrase; a line break at its end does not count',
    )
    .option('--keep-file', 'the way names that file, and opens without a person while it is there')
    .action(async ({ newPassphraseFile, keepFile, ...flags }: PassphraseFlags) => {
      const newFile = newPassphraseFile === undefined ? undefined : resolve(newPassphraseFile)
      const kept = keepFile === true ? newFile : undefined
      const settings = { ...(newFile !== undefined && { newFile }), ...(kept !== undefined && { file: kept }) }
      await addWay(flags, { kind: 'passphrase', settings })
    })
}

interface CredentialFlags extends AddFlags {
  credential: string
  file: string
  key?: string
}

/** `operator root add credential`. */
export function addCredentialCommand(): Command {
  return addedCommand('credential', 'a credential of systemd, encrypted by the key of this machine')
    .description(
      'Makes a way to the root whose key systemd-creds encrypts by the key of this machine, its TPM or both. The unit of\n' +
        'the server gets it with LoadCredentialEncrypted=NAME:FILE. It opens on this machine alone: keep another way.',
    )
    .requiredOption('--credential <name>', "the credential's name, as the unit has it")
    .requiredOption('--file <file>', 'the encrypted credential to make; nothing is replaced')
    .option('--key <key>', 'host, tpm2, host+tpm2 or auto', 'auto')
    .action(async ({ credential, file, key, ...flags }: CredentialFlags) => {
      const settings = { credential, file: resolve(file), ...(key !== undefined && { key }) }
      await addWay(flags, { kind: 'credential', settings })
    })
}

/** `operator root add recipient`. */
export function addRecipientCommand(): Command {
  return addedCommand('recipient', 'an age recipient whose identity is kept elsewhere')
    .description(
      'Encrypts the root to a recipient of age. Those who have its identity open the folder with --identity FILE: Keyhold has\n' +
        'the public half alone. Keep the identity off this machine. Backups are encrypted to it, too.',
    )
    .requiredOption('--recipient <recipient>', 'what age-keygen -y prints: age1… or age1pq1…')
    .action(async ({ recipient, ...flags }: AddFlags & { recipient: string }) => {
      await addWay(flags, { kind: 'recipient', settings: { recipient } })
    })
}
