import type { Credentials, Secret } from '@keyhold/protocol'
import type { Random } from '../../../platform/random.ts'
import type { Way, WayParameters } from './way.ts'

/** What a kind of way is told about the way. */
export interface WayContext extends Pick<Way, 'id' | 'name' | 'rootId' | 'recipient'> {
  /** The data folder: relative paths of a way resolve against it. */
  folder: string
  /** Root, way and kind (bindingOf), for mechanisms that authenticate data beside the secret. */
  binding: Uint8Array
  random: Random
}

/**
 * What may help to open ways, beside what they say themselves: from options of a verb, a terminal, or a request to unseal.
 * None by default. Each kind takes what it knows.
 */
export interface Answers {
  /** Root files to look at beside those that the ways name. */
  rootFiles?: readonly string[]
  /** Files with age identities. */
  identities?: readonly string[]
  /** A file with the passphrase of the ways that have one. */
  passphraseFile?: string
  /** The passphrase of a way, which the kind wipes; `undefined` where there is none to be had. */
  passphrase?(way: Pick<Way, 'id' | 'name'>): Promise<Secret | undefined>
  /** The passphrase or PIN has been given, and no one is asked: a passphrase goes before files, a PIN is for those not there. */
  isGiven?: boolean
  /** A file with the PIN of a token, for ways that name none or one that is not there. */
  pinFile?: string
  /** The PIN of a token whose way names no file, which the kind wipes. */
  pin?(way: Pick<Way, 'id' | 'name'>): Promise<Secret | undefined>
  /**
   * Allows one more try of a PIN that was refused before, or the last that a token has: a person looked at it. Without it, a service
   * that is started again and again locks no token.
   */
  tryPin?: boolean
  /** What to sign calls of another KMS with, for ways that name no credentials file; as AWS's tools find it. */
  awsCredentials?(profile: string | undefined): Promise<Credentials | undefined>
  /** Recovery shares, of any set. */
  shares?: readonly ShareText[]
  /** Is told of each of these shares that is one of a way. */
  shareTaken?(share: ShareText): void
  /** Asks a person for one share more of a way; `undefined` when there is none to be had. */
  share?(way: Pick<Way, 'id' | 'name'> & { have: number; threshold: number }): Promise<string | undefined>
  /** Nothing but ways of this kind are tried: these answers are those of someone who may have no other opened. */
  onlyKind?: string
  /** Gets a sentence on what was given and is not good, although the way opens without it. */
  warn?(sentence: string): void
}

/** A recovery share as it was given: its line, its words, or a page that has its line. */
export interface ShareText {
  /** Which one it is, for messages: the name of its file. */
  from: string
  text: string
}

/**
 * A kind of way: how the secret half of a way key, 32 bytes, is kept so that only one thing reveals it, such as a file, a
 * passphrase or a device. It knows nothing of the root.
 */
export interface WayKind<Settings = never> {
  readonly kind: string
  /**
   * Keeps the seed, which stays the caller's, and resolves with what {@link reveal} needs. What it makes outside the way's file
   * must be durable when the promise resolves, and must replace nothing. Rejects with RootError.
   */
  protect(seed: Secret, settings: Settings, context: WayContext, answers: Answers): Promise<WayParameters>
  /** The seed, which the caller wipes. Rejects with RootError: `wanting` where an answer is missing, `wrong` for a wrong one. */
  reveal(parameters: WayParameters, context: WayContext, answers: Answers): Promise<Secret>
  /** What and where it is, for logs and operators: `root file /etc/keyhold.root`. Nothing secret. */
  describe(parameters: WayParameters): string
  /** Whether it opens only with an answer that a person gives. */
  needsPerson(parameters: WayParameters): boolean
  /** The recipient that the settings name, for kinds whose way key is made elsewhere; {@link protect} gets no use of its seed. */
  recipient?(settings: Settings): string
  /** Takes away what {@link protect} made outside the way's file. What cannot be taken away, or is of another way, stays. */
  discard?(parameters: WayParameters, context: WayContext): Promise<void>
}

/** A kind as it is registered: what opens and describes, whatever its settings are. */
export type RegisteredKind = WayKind
