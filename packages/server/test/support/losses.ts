import { execFileSync } from 'node:child_process'
import { cp, rename, rm } from 'node:fs/promises'
import { waysFolder } from '../../src/vault/root/ways/folder.ts'
import type { Answers } from '../../src/vault/root/ways/kind.ts'
import type { Verdict, WaysWorld } from './ways-world.ts'

/** A thing that is lost: what becomes of the ways, other than opening. */
export interface Loss {
  what: string
  lose(world: WaysWorld): Promise<(() => unknown) | undefined | void> | (() => unknown) | void
  fails: Partial<Record<string, Verdict>>
  /** Only these ways are left to try, and open. By default all. */
  left?: readonly string[]
}

export const KINDS: readonly string[] = [
  'file',
  'passphrase',
  'credential',
  'recipient',
  'pkcs11',
  'tpm2',
  'kms',
  'shares',
]

/** Each loss gives back what it took, in the function that it returns. */
export const LOSSES: readonly Loss[] = [
  { what: 'nothing', lose: () => undefined, fails: {} },
  { what: 'the root file', lose: ({ rootFile }) => movedAway(rootFile), fails: { file: 'missing' } },
  { what: 'the identity', lose: (world) => withAnswers(world, { identities: [] }), fails: { recipient: 'wanting' } },
  {
    what: 'the passphrase',
    lose: (world) => withAnswers(world, { passphrase: nothing }),
    fails: { passphrase: 'wanting' },
  },
  { what: 'the credential', lose: ({ credentialFile }) => movedAway(credentialFile), fails: { credential: 'missing' } },
  { what: 'the key of systemd', lose: withAnotherMachineKey, fails: { credential: 'unreachable' } },
  { what: 'the HSM', lose: ({ hsm }) => hsm.unplug(), fails: { pkcs11: 'unreachable' } },
  { what: 'the HSM, for another', lose: withAnotherToken, fails: { pkcs11: 'foreign' } },
  { what: 'the PIN', lose: ({ pinFile }) => movedAway(pinFile), fails: { pkcs11: 'missing' } },
  { what: 'the TPM', lose: withoutTpm, fails: { tpm2: 'unreachable' } },
  { what: 'the TPM, which was cleared', lose: afterTpm('clear'), fails: { tpm2: 'foreign' } },
  { what: 'the firmware', lose: afterTpm('pcrextend', `7:sha256=${'11'.repeat(32)}`), fails: { tpm2: 'wrong' } },
  { what: 'the KMS', lose: withoutKms, fails: { kms: 'unreachable' } },
  { what: 'the key of the KMS', lose: withoutKmsKey, fails: { kms: 'unreachable' } },
  {
    what: 'the access key of the KMS',
    lose: (world) => withAnswers(world, { awsCredentials: nothing }),
    fails: { kms: 'wanting' },
  },
  { what: 'one holder of a share', lose: (world) => withShares(world, 2), fails: {} },
  { what: 'two holders of shares', lose: (world) => withShares(world, 1), fails: { shares: 'wanting' } },
  { what: 'all holders of shares', lose: (world) => withShares(world, 0), fails: { shares: 'wanting' } },
  {
    what: 'the machine, with its files and devices, but for the data folder',
    lose: withoutMachine,
    fails: { file: 'missing', credential: 'missing', pkcs11: 'unreachable', tpm2: 'unreachable' },
  },
  { what: 'the data folder, of which there is a copy', lose: fromCopy, fails: {} },
  {
    what: 'the data folder and every copy',
    lose: ({ there }) => movedAway(waysFolder(there.folder)),
    fails: {},
    left: [],
  },
  {
    what: 'all but the people',
    lose: async (world) => {
      const [machine, kms] = [await withoutMachine(world), withoutKms(world)]
      return async () => {
        kms()
        await machine()
      }
    },
    fails: { file: 'missing', credential: 'missing', pkcs11: 'unreachable', tpm2: 'unreachable', kms: 'unreachable' },
  },
]

const nothing = async (): Promise<undefined> => undefined

async function movedAway(file: string): Promise<() => Promise<void>> {
  await rename(file, `${file}-away`)
  return () => rename(`${file}-away`, file)
}

function withAnswers(world: WaysWorld, changed: Answers): () => void {
  const before = world.answers
  world.answers = { ...before, ...changed }
  return () => {
    world.answers = before
  }
}

function withShares(world: WaysWorld, count: number): () => void {
  return withAnswers(world, { shares: world.answers.shares?.slice(0, count) ?? [] })
}

function withAnotherToken({ hsm }: WaysWorld): () => void {
  const plugIn = hsm.unplug()
  hsm.token('keyhold')
  return () => {
    hsm.forget()
    plugIn()
  }
}

async function withoutTpm({ stopTpm, startTpm }: WaysWorld): Promise<() => Promise<void>> {
  await stopTpm()
  return startTpm
}

function afterTpm(tool: string, ...args: string[]): (world: WaysWorld) => () => Promise<void> {
  return ({ tpm, startTpm }) => {
    tpm?.tool(tool, ...args)
    return startTpm
  }
}

function withoutKms({ kms }: WaysWorld): () => void {
  kms.answerInstead = (response) => void response.destroy()
  return () => {
    kms.answerInstead = undefined
  }
}

async function withoutKmsKey({ kms, kmsKey }: WaysWorld): Promise<() => Promise<unknown>> {
  await kms.client.ok('DisableKey', { KeyId: kmsKey })
  return () => kms.client.ok('EnableKey', { KeyId: kmsKey })
}

/** As on another machine, or after it was installed again. */
async function withAnotherMachineKey({ machineKey, there }: WaysWorld): Promise<() => Promise<void>> {
  const putBack = await movedAway(machineKey)
  const options = ['--with-key=host', '--name=other', '-', there.beside('other.cred')]
  execFileSync('systemd-creds', ['encrypt', ...options], { input: 'x', stdio: ['pipe', 'ignore', 'ignore'] })
  return async () => {
    await rm(machineKey)
    await putBack()
  }
}

async function withoutMachine(world: WaysWorld): Promise<() => Promise<void>> {
  const files = [world.rootFile, world.credentialFile, world.machineKey]
  const putBack = await Promise.all(files.map(movedAway))
  const plugIn = world.hsm.unplug()
  await world.stopTpm()
  return async () => {
    plugIn()
    await world.startTpm()
    for (const each of putBack) await each()
  }
}

/** The copy is of the ways alone: what else a backup has, they do not need. */
async function fromCopy({ there }: WaysWorld): Promise<() => Promise<void>> {
  const ways = waysFolder(there.folder)
  await cp(ways, there.beside('copy'), { recursive: true })
  const putBack = await movedAway(ways)
  await cp(there.beside('copy'), ways, { recursive: true })
  return async () => {
    await rm(ways, { recursive: true })
    await putBack()
  }
}
