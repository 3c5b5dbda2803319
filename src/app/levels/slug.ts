/** Names of level files: letters a to z, digits and dashes. */
export const SLUG = /^[a-z0-9][a-z0-9-]{0,59}$/

/** A title as such a name. */
export function slugOf(title: string): string {
  const plain = title.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const slug = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '')
  return slug.slice(0, 60).replace(/-+$/, '') || 'level'
}
