import { cp, rm, writeFile } from 'node:fs/promises'
import { after } from 'node:test'
import { systemRandom } from '../../src/crypto/random.ts'
import { Secret } from '@keyhold/protocol'
import { RootError } from '../../src/vault/root/root-error.ts'
import { readWays } from '../../src/vault/root/ways/folder.ts'
import { credentialKind } from '../../src/vault/root/ways/credential.ts'
import { fileKind } from '../../src/vault/root/ways/file.ts'
import type { Answers } from '../../src/vault/root/ways/kind.ts'
import { kmsKind } from '../../src/vault/root/ways/kms.ts'
import { wayProvider } from '../../src/vault/root/ways/open-way.ts'
import { passphraseKindWith } from '../../src/vault/root/ways/passphrase.ts'
import { pkcs11Kind } from '../../src/vault/root/ways/pkcs11.ts'
import { sharesKind } from '../../src/vault/root/ways/shares.ts'
import type { HolderShare } from '../../src/vault/root/ways/shares/make.ts'
import { tpm2Kind } from '../../src/vault/root/ways/tpm2.ts'
import { type AnotherKms, anotherKms } from './another-kms.ts'
import { PIN, type SoftHsm, SOFTHSM, softHsm } from './softhsm.ts'
import { type SwTpm, swTpm } from './swtpm.ts'
import { type FolderOfWays, folderOfWays, withRecipient } from './ways.ts'

/** What a way said: that it opens, or the code of its error. */
export type Verdict = 'opens' | RootError['code']

/**
 * A data folder whose root opens by a way of every kind, with the devices, files and people that it takes: a token of SoftHSM2,
 * a TPM of swtpm, another running Keyhold, holders of shares.
 */
export interface WaysWorld {
  there: FolderOfWays
  hsm: SoftHsm
  /** Away while it is `undefined`. */
  tpm: SwTpm | undefined
  kms: AnotherKms
  kmsKey: string
  pinFile: string
  rootFile: string
  /** Of systemd, which encrypts credentials. */
  machineKey: string
  credentialFile: string
  /** What people bring. Replaced by what they still have. */
  answers: Answers
  /** Starts the TPM with the state that it had first. */
  startTpm(): Promise<void>
  stopTpm(): Promise<void>
  /** Tries each way alone, and says of each, by its name, what comes of it. */
  verdicts(): Promise<Record<string, Verdict>>
}

const MACHINE_KEY = 'SYSTEMD_CREDENTIAL_SECRET'

/** Closed after the test file. */
export async function waysWorld(): Promise<WaysWorld> {
  const there = await folderOfWays()
  const hsm = softHsm(there.beside('hsm'))
  const [tpmFolder, pinFile] = [there.beside('tpm'), there.beside('pin')]
  const kms = await anotherKms()
  const { arn: kmsKey } = await kms.newKey()
  let tpm: SwTpm | undefined = await swTpm(tpmFolder)
  after(async () => {
    await tpm?.[Symbol.asyncDispose]()
    hsm[Symbol.dispose]()
    await there[Symbol.asyncDispose]()
  })
  hsm.token('keyhold')
  await writeFile(pinFile, PIN, { mode: 0o600 })

  await there.add({ kind: fileKind, name: 'file', settings: { file: '../main.root' } })
  const { identity } = await withRecipient(there)
  const passphrase = async (): Promise<Secret> => Secret.of(Buffer.from('seven words that someone remembers'))
  const cheap = passphraseKindWith(async () => ({ memoryKiB: 8, passes: 1, lanes: 1 }))
  await there.add({ kind: cheap, name: 'passphrase', settings: {}, answers: { passphrase } })
  // What systemd-creds keeps in /var/lib/systemd otherwise.
  const machineKey = there.beside('machine-key')
  const keyBefore = process.env[MACHINE_KEY]
  process.env[MACHINE_KEY] = machineKey
  after(() => {
    if (keyBefore === undefined) delete process.env[MACHINE_KEY]
    else process.env[MACHINE_KEY] = keyBefore
  })
  const credential = { credential: 'keyhold.root', file: '../root.cred', key: 'host' }
  await there.add({ kind: credentialKind, name: 'credential', settings: credential })
  const token = { library: SOFTHSM, label: 'keyhold', pinFile }
  await there.add({ kind: pkcs11Kind, name: 'pkcs11', settings: token })
  await there.add({ kind: tpm2Kind, name: 'tpm2', settings: { tcti: tpm.tcti, pcrs: 'sha256:7' } })
  const place = { keyId: kmsKey, endpoint: kms.endpoint, caFile: kms.caFile }
  await there.add({ kind: kmsKind, name: 'kms', settings: place, answers: kms.answers })
  let shares: readonly HolderShare[] = []
  const deliver = async (made: readonly HolderShare[]): Promise<void> => void (shares = made)
  await there.add({ kind: sharesKind, name: 'shares', settings: { count: 3, threshold: 2, deliver } })

  const stopTpm = async (): Promise<void> => {
    await tpm?.[Symbol.asyncDispose]()
    tpm = undefined
  }
  await stopTpm()
  await cp(tpmFolder, `${tpmFolder}-first`, { recursive: true, filter: (path) => !/\/s(\.ctrl)?$/.test(path) })
  const startTpm = async (): Promise<void> => {
    await stopTpm()
    await rm(tpmFolder, { recursive: true, force: true })
    await cp(`${tpmFolder}-first`, tpmFolder, { recursive: true })
    tpm = await swTpm(tpmFolder)
  }
  await startTpm()
  const world: WaysWorld = {
    there,
    hsm,
    kms,
    kmsKey,
    pinFile,
    startTpm,
    stopTpm,
    get tpm() {
      return tpm
    },
    rootFile: there.beside('main.root'),
    machineKey,
    credentialFile: there.beside('root.cred'),
    answers: {
      ...kms.answers,
      identities: [identity],
      passphrase,
      shares: shares.map(({ index, line }) => ({ from: `share ${index}`, text: line })),
    },
    verdicts: () => verdictsOf(world),
  }
  return world
}

async function verdictsOf({ there, answers }: WaysWorld): Promise<Record<string, Verdict>> {
  const { ways } = await readWays(there.folder)
  const verdicts: Record<string, Verdict> = {}
  for (const way of ways) {
    const opening = wayProvider(way, { folder: there.folder, random: systemRandom, answers }).unseal(there.root.id)
    verdicts[way.kind] = await opening.then(
      () => 'opens' as const,
      (error: unknown) => {
        if (!(error instanceof RootError)) throw error
        return error.code
      },
    )
  }
  return verdicts
}
