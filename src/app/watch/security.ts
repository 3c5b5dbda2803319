/**
 * Who may talk to the server. A page of another site can make a browser send requests to 127.0.0.1, and can point a name
 * of its own there (DNS rebinding); so the Host and the Origin of every request are checked. docs/protocol.md
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { hostname, networkInterfaces } from 'node:os'
import { quoted } from '../../core/errors.ts'

/** The only address that needs no token. */
export const OWN_ADDRESS = '127.0.0.1'

/** The Content-Security-Policy: nothing but the page's own files runs or is loaded. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
] as const
/** The same for a <meta> of the page, in which frame-ancestors has no meaning. */
export const PAGE_POLICY = POLICY.slice(0, -1).join('; ')

/** What every response says to the browser. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY.join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** Why a request is refused: the HTTP status and one sentence. */
export interface Refusal {
  readonly status: number
  readonly sentence: string
}

/** A token that nobody guesses: 192 random bits. */
export function drawToken(): string {
  return randomBytes(24).toString('base64url')
}

/** A host as it stands in an address: IPv6 goes in brackets. */
export function inAddress(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** Whether an address stands for all those of this machine. */
export function isAnyAddress(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

/** The values of Host that name this server: `host` as it was asked for, `address` as it was bound. */
export function hostsOf(host: string, address: string, port: number): ReadonlySet<string> {
  const isAny = isAnyAddress(address)
  // A numeric address cannot be rebound, so those of this machine are safe to take.
  const interfaces = isAny
    ? Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(({ address }) => address))
    : []
  const names = [
    'localhost',
    OWN_ADDRESS,
    '::1',
    host,
    address,
    ...interfaces,
    ...(isAny ? [hostname()] : []),
  ]
  const hosts = names.map(name => inAddress(name).toLowerCase())
  // A browser leaves the usual port out.
  return new Set(hosts.flatMap(name => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])))
}

/** Looks at every request before anything else does. */
export class Gate {
  /** Values of Host that name this server; none until it is bound. */
  hosts: ReadonlySet<string> = new Set()
  /** How many requests were refused. */
  refused = 0
  readonly #token: string | undefined

  constructor(token: string | undefined) {
    this.#token = token
  }

  /** Refuses a request that was not made to this server, or not by its own page. */
  refuseStranger({ headers }: IncomingMessage): Refusal | undefined {
    const host = headers.host?.toLowerCase() ?? ''
    if (!this.hosts.has(host))
      return this.#refusal(
        421,
        `this server does not go by ${quoted(host)}: open the address that it printed`,
      )
    if (headers.origin === undefined || headers.origin.toLowerCase() === `http://${host}`) return undefined
    return this.#refusal(403, 'requests of other sites are refused')
  }

  /** Refuses whoever does not know the token. Takes the same time however much of it is right. */
  refuseUnknown(given: string | undefined): Refusal | undefined {
    if (this.#token === undefined || (given !== undefined && isSame(given, this.#token))) return undefined
    return this.#refusal(401, 'the token is missing or wrong: open the address that the server printed')
  }

  #refusal(status: number, sentence: string): Refusal {
    this.refused++
    return { status, sentence }
  }
}

function isSame(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}

/** A bucket that fills by `perSecond` up to `burst`; every message takes one out. */
export class Allowance {
  readonly #perSecond: number
  readonly #burst: number
  #left: number
  #at = performance.now()

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#left = burst
  }

  /** Whether there was one left to take. */
  take(): boolean {
    const now = performance.now()
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#at) / 1000) * this.#perSecond)
    this.#at = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
