/** The frame around every page: navigation, connection, light and dark. */
import { linkTo, PAGES, route } from './router.ts'

export function Shell() {
  return (
    <>
      <nav aria-label="Pages">
        {PAGES.map(page => (
          <a key={page} href={linkTo(page)} aria-current={route.value.page === page ? 'page' : undefined}>
            {page}
          </a>
        ))}
      </nav>
      <main id="main">{route.value.page}</main>
    </>
  )
}
