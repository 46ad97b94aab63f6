import type { Secret } from '@keyhold/protocol'
import { RootError } from '../root-error.ts'
import type { SealedByTpm } from '../tpm2/seal.ts'
import type { Tpm } from '../tpm2/tpm.ts'
import type { WayKind } from './kind.ts'
import type { WayParameters } from './way.ts'

/** A TPM, and what it looks at before it unseals. */
export interface Tpm2Settings {
  /** How the tools reach it, as in TPM2TOOLS_TCTI. By default as their environment says, then `/dev/tpmrm0`. */
  tcti?: string | undefined
  /** Registers of one bank, such as `sha256:7`, whose values must be those of now. */
  pcrs?: string | undefined
}

/** A discrete TPM takes about a second to make keys; one that hangs must not hang the server. */
const TIMEOUT_MS = 30_000
/** By TCG's algorithm registry; TPMs have 24 registers. */
const PCRS = /^sha(?:1|256|384|512):(?:1?[0-9]|2[0-3])(?:,(?:1?[0-9]|2[0-3]))*$/
/** No `cmd:`, which runs a program: who writes the data folder must not choose one. */
const TCTI = /^(?:device|swtpm|mssim|tabrmd)(?::[^\n]*)?$/

/**
 * The TPM 2.0 of this machine, by tpm2-tools: it seals the seed, to registers where `pcrs` names some, and unseals it on this
 * machine only.
 */
export const tpm2Kind: WayKind<Tpm2Settings> = {
  kind: 'tpm2',

  async protect(seed, { tcti, pcrs = '' }, context) {
    if (pcrs !== '' && !PCRS.test(pcrs)) throw new RootError('refused', notRegisters(pcrs))
    const { seal } = await import('../tpm2/seal.ts')
    return withTpm(tcti, async (tpm) => parametersOf(await seal(tpm, seed, context.binding, pcrs), tcti))
  },

  async reveal(parameters, context) {
    const { unseal } = await import('../tpm2/seal.ts')
    return withTpm(parameters['tcti'], (tpm) => unseal(tpm, sealedOf(parameters), context.binding))
  },

  describe: ({ tcti, pcrs = '' }) =>
    `the TPM of this machine${tcti === undefined ? '' : ` (${tcti})`}${pcrs === '' ? '' : `, registers ${pcrs}`}`,

  needsPerson: () => false,
}

async function withTpm<T extends Secret | WayParameters>(
  tcti: string | undefined,
  work: (tpm: Tpm) => Promise<T>,
): Promise<T> {
  if (tcti !== undefined && !TCTI.test(tcti)) throw new RootError('refused', notReached(tcti))
  const [{ openTpm }, { tpmRootError }] = await Promise.all([import('../tpm2/tpm.ts'), import('../tpm2/tpm-faults.ts')])
  try {
    const tpm = await openTpm({ tcti, timeoutMs: TIMEOUT_MS })
    try {
      return await work(tpm)
    } finally {
      await tpm.close()
    }
  } catch (error) {
    throw tpmRootError(error, TIMEOUT_MS)
  }
}

function parametersOf(sealed: SealedByTpm, tcti: string | undefined): WayParameters {
  const { publicPart, privatePart, storage, endorsement, pcrs, pcrValues } = sealed
  return {
    ...(tcti !== undefined && { tcti }),
    public: publicPart.toString('base64'),
    private: privatePart.toString('base64'),
    storage,
    endorsement,
    ...(pcrs !== '' && { pcrs, pcrValues: pcrValues.toString('hex') }),
  }
}

function sealedOf(parameters: WayParameters): SealedByTpm {
  const { public: publicPart = '', private: privatePart = '', storage = '', endorsement = '', ...rest } = parameters
  const { pcrs = '', pcrValues = '' } = rest
  if (pcrs !== '' && !PCRS.test(pcrs)) throw new RootError('damaged', notRegisters(pcrs))
  return {
    publicPart: Buffer.from(publicPart, 'base64'),
    privatePart: Buffer.from(privatePart, 'base64'),
    storage,
    endorsement,
    pcrs,
    pcrValues: Buffer.from(pcrValues, 'hex'),
  }
}

function notRegisters(pcrs: string): string {
  return `${JSON.stringify(pcrs)} names no registers of a TPM: write a bank and numbers from 0 to 23, such as sha256:0,7.`
}

function notReached(tcti: string): string {
  return `${JSON.stringify(tcti)} names no TPM: write device:/dev/tpmrm0, swtpm:…, mssim:… or tabrmd:….`
}
