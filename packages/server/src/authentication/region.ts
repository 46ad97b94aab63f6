/** Two letters, one or more words, a number: `eu-central-1`, `us-gov-west-1`, `us-isob-east-1`. */
const REGION = /^[a-z]{2}(-[a-z]{2,16}){1,3}-\d{1,2}$/

/** Whether `text` looks like the name of a region. The server serves any number of them. */
export function isRegion(text: string): boolean {
  return REGION.test(text)
}
