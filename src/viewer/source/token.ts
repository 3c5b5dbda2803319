/**
 * The token that a server on another machine asks for. It comes in the address once, `?token=`, and is taken off it, so
 * that it gets into no history, bookmark or link that is passed on.
 */
const KEY = 'levelshift.token'

/** The token of this tab; undefined where there is none. */
export function takeToken(): string | undefined {
  const url = new URL(location.href)
  const given = url.searchParams.get('token')
  if (given !== null) {
    url.searchParams.delete('token')
    history.replaceState(history.state, '', url)
  }
  try {
    if (given !== null) sessionStorage.setItem(KEY, given)
    return given ?? sessionStorage.getItem(KEY) ?? undefined
  } catch {
    return given ?? undefined
  }
}
