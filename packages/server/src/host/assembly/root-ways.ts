import { operatorAccount, operatorOfProcess } from '../../admin/operator/operator-account.ts'
import { commitDeed } from '../../admin/operator/deed.ts'
import { systemRandom } from '../../crypto/random.ts'
import { standardErrorLogger } from '../../platform/log/line-logger.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { unsealByAny } from '../../vault/root/providers.ts'
import { RootError } from '../../vault/root/root-error.ts'
import { addWay, removeWay } from '../../vault/root/ways/change-ways.ts'
import type { WayKind } from '../../vault/root/ways/kind.ts'
import { kindNamed } from '../../vault/root/ways/kinds.ts'
import type { CredentialSettings } from '../../vault/root/ways/credential.ts'
import type { FileSettings } from '../../vault/root/ways/file.ts'
import type { PassphraseSettings } from '../../vault/root/ways/passphrase.ts'
import type { RecipientSettings } from '../../vault/root/ways/recipient.ts'
import type { KmsSettings } from '../../vault/root/ways/kms.ts'
import type { Pkcs11Settings } from '../../vault/root/pkcs11/settings.ts'
import type { Tpm2Settings } from '../../vault/root/ways/tpm2.ts'
import type { SharesSettings } from '../../vault/root/ways/shares/make.ts'
import type { WayKeyForm } from '../../vault/root/ways/way-key.ts'
import { type DataFolder, type Engine, sealedFolder } from './open.ts'

/** The kinds of way that an operator adds, each with its settings. */
export type WayOfKind =
  | { kind: 'file'; settings: FileSettings }
  | { kind: 'passphrase'; settings: PassphraseSettings }
  | { kind: 'credential'; settings: CredentialSettings }
  | { kind: 'recipient'; settings: RecipientSettings }
  | { kind: 'shares'; settings: SharesSettings }
  | { kind: 'pkcs11'; settings: Pkcs11Settings }
  | { kind: 'tpm2'; settings: Tpm2Settings }
  | { kind: 'kms'; settings: KmsSettings }

/** A way to make. */
export type NewRootWay = WayOfKind & {
  name: string
  /** The id of a way of that name that this one takes the place of. */
  replaces?: string
  form?: WayKeyForm | undefined
}

/** A way that was made. */
export interface AddedWay {
  id: string
  kind: string
  name: string
  /** What and where it is. Nothing secret. */
  description: string
}

/**
 * Makes a way to the root of a data folder, shows that it opens the root, and records it. Rejects with RootError and then leaves no way.
 * `named` opens the root by the ways that are there, and has the PIN and the access key that the new one needs.
 */
export async function addRootWay(named: DataFolder, way: NewRootWay, engine: Engine): Promise<AddedWay> {
  const { folder, rootId, providers } = await sealedFolder(openedByOthers(named), 'serve')
  const root = await unsealByAny(providers, rootId, standardErrorLogger('warn'))
  const change = { folder, root, random: systemRandom }
  try {
    const { kind, settings, name, form, replaces } = way
    const found = await kindNamed(kind)
    if (found === undefined) throw new RootError('unsupported', `This Keyhold does not know the kind ${kind}.`)
    const answers = typeof named === 'string' ? {} : (named.answers ?? {})
    const wanted = {
      kind: found as WayKind<unknown>,
      settings,
      name,
      replaces,
      answers,
      ...(form !== undefined && { form }),
    }
    const added = await addWay(wanted, { ...change, clock: systemClock })
    const description = found.describe(added.parameters)
    try {
      await recordWay({ id: added.id, kind, name, description }, engine)
    } catch (error) {
      await removeWay(added, change)
      throw error
    }
    return { id: added.id, kind, name, description }
  } finally {
    await root.destroy()
  }
}

/** The folder without what was given for a new way: its PIN is not that of another token, which it would cost a try. */
export function openedByOthers(named: DataFolder): DataFolder {
  if (typeof named === 'string') return named
  const { pinFile: _, ...answers } = named.answers ?? {}
  return { folder: named.folder, answers }
}

async function recordWay({ id, kind, name, description }: AddedWay, engine: Engine): Promise<void> {
  const context = { ...engine, operator: operatorOfProcess() }
  const accountId = await operatorAccount(engine)
  const request = { wayId: id, kind, name, description }
  await commitDeed({ name: 'AddRootWay', service: 'kms', accountId, request }, new Changeset(), context)
}
