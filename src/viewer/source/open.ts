/** Which source the page has: whoever serves it says so in its head. */
import { openServerSource } from './server.ts'
import { openSiteSource } from './site.ts'
import type { Source } from './source.ts'

/** `say` gets what goes wrong outside of any request, one sentence each. */
export function openSource(say: (fault: string) => void): Source {
  const served = document.querySelector<HTMLMetaElement>('meta[name=levelshift]')?.content
  return served === 'server' ? openServerSource(say) : openSiteSource(say)
}
