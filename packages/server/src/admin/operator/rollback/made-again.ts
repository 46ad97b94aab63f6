/**
 * What became of a recorded change: it was made again; its subject is not in the database, or is that way already; it cannot
 * be made again, by its declaration; or why it was not, though it should have been.
 */
export type MadeAgain = 'made' | 'void' | { lost: string } | { failed: string }
