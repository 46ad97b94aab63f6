/** What cannot be opened, and why, for the person at the terminal. */
export class Failure extends Error {
  override name = 'Failure'
}
