import type { Command } from 'commander'
import { group } from '../../shared/group.ts'
import { addKmsCommand, addPkcs11Command, addTpm2Command } from './add-device.ts'
import { addSharesCommand } from './add-shares.ts'
import { addCredentialCommand, addFileCommand, addPassphraseCommand, addRecipientCommand } from './add-plain.ts'
import { rootMoveCommand, rootRemoveCommand } from './remove.ts'
import { rootStatusCommand } from './status.ts'
import { rootRotateCommand } from './rotate.ts'

/** `keyhold operator root`. */
export function rootCommands(): Command {
  const plain = [addFileCommand(), addPassphraseCommand(), addCredentialCommand(), addRecipientCommand()]
  const adding = [...plain, addKmsCommand(), addPkcs11Command(), addSharesCommand(), addTpm2Command()]
  return group('root', 'look after the root of trust and the ways to it', [
    rootStatusCommand(),
    group('add', 'make one more way to the root of trust', adding),
    rootMoveCommand(),
    rootRemoveCommand(),
    rootRotateCommand(),
  ])
}
