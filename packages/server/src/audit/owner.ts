/**
 * Who writes each audit stream, so that a process which starts takes over the streams of dead writers and of no others: it
 * cuts what a dead writer left unfinished, which would be the records of a living one.
 *
 * An answer of "dead" must be certain. An implementation that cannot know (another machine, a lease that may be renewed)
 * answers "alive": the stream then waits for a later start, and nothing is lost.
 */
export interface StreamOwner {
  /**
   * Makes this process the owner of a stream that it begins. Called once for each stream, before the stream's folder has its
   * name: no stream is ever seen without its owner. Rejects when the claim could not be written; then there is none.
   *
   * A claim ends with {@link release}, or with the process, however it ends: by a signal, a crash or a power cut.
   */
  claim(stream: string): Promise<void>
  /**
   * Whether a running process owns the stream, this one included. False for a stream that was released or never claimed, and
   * for a claim that a crash left unreadable. Never rejects, whatever lies where claims do.
   */
  isAlive(stream: string): Promise<boolean>
  /**
   * Ends the claim, also that of a dead process. One that has ended already is no error. Rejects when it could not be taken
   * away; the stream is owned as before then.
   */
  release(stream: string): Promise<void>
}
