// Material takes the first change of the hash for another page and loads this one anew, which would close the sessions
// that are open. A link to a session, or to a sample of the playground, is no other page. Has to run before Material's.
addEventListener("popstate", (event) => {
  const same = document.documentElement.dataset.blocksOf === location.pathname;
  if (same && /^#(ll\d+\.|sample-)/.test(location.hash)) event.stopImmediatePropagation();
});
