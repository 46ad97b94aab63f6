export const REGION = 'eu-central-1'

/** An administrator of an account, and where they call. */
export interface Administrator {
  accountId: string
  accessKeyId: string
  secretAccessKey: string
  region: string
}

/** The server that is attacked. It runs with audit `write` on a folder of its own, on loopback. */
export interface Target {
  port: number
  folder: string
  /** Of the victim's account. */
  administrator: Administrator
  /** Of another account. */
  stranger: Administrator
}

/** What a victim calls, in turn, with its own key. */
export interface VictimCalls {
  everyMs: number
  calls: readonly (readonly [operation: string, input: object])[]
}

/** One attack. `Prepared` is plain data: the attack runs in another thread than it was prepared in. */
export interface Attack<Prepared = unknown> {
  /** Fills the data folder before the server starts. */
  populate?(folder: string, accounts: Pick<Target, 'administrator' | 'stranger'>): Promise<void>
  /** What the victim calls, if not what others do. */
  victim?: VictimCalls
  /** Makes what the attacker is given: users, policies, keys; signs what is sent again and again. */
  prepare(target: Target): Promise<Prepared>
  /** Attacks until it is stopped with its thread. */
  run(prepared: Prepared, port: number): Promise<void>
}
