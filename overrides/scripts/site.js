// The header survives Material's instant navigation, the head doesn't: refresh the language switch from the head.
// `document$` is Material's; where it is missing, every page is loaded whole and the links are right as they are.
function refreshLanguageSwitch() {
  for (const link of document.querySelectorAll("a.md-select__link[hreflang]")) {
    const head = document.head.querySelector(`link[data-switch][hreflang="${link.hreflang}"]`)
    if (head) link.href = new URL(head.dataset.switch, location.href).href
  }
}

// What scrolls sideways must be reachable by keyboard. Only tables, code and tabs that Markdown made; live blocks see to theirs.
function reachScrollable() {
  for (const region of document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code, .tabbed-labels")) {
    if (region.closest(".layerlab")) continue
    const scrolls = region.scrollWidth > region.clientWidth
    if (scrolls) region.setAttribute("tabindex", "0")
    else region.removeAttribute("tabindex")
  }
}

function refresh() {
  refreshLanguageSwitch()
  requestAnimationFrame(reachScrollable)
}

// Other deferred scripts have run by then, Material's too.
addEventListener("DOMContentLoaded", () => (window.document$ ? window.document$.subscribe(refresh) : refresh()))
addEventListener("resize", reachScrollable, { passive: true })

// Material takes the first change of the hash for another page and loads this one anew, which would close the sessions
// that are open. A link to a session, or to a sample of the playground, is no other page. Has to run before Material's.
addEventListener("popstate", (event) => {
  const same = document.documentElement.dataset.blocksOf === location.pathname
  if (same && /^#(ll\d+\.|sample-)/.test(location.hash)) event.stopImmediatePropagation()
})
