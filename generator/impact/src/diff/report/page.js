const form = document.getElementById("filters");
const none = document.getElementById("none");
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", () => {
  const chosen = new FormData(form);
  const severities = chosen.getAll("severity");
  const words = chosen.get("words").toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const card of document.querySelectorAll("article")) {
    let shown = 0;
    for (const row of card.querySelectorAll("li")) {
      const text = row.textContent.toLowerCase();
      row.hidden = !severities.includes(row.dataset.severity)
        || (chosen.get("product") && chosen.get("product") !== row.dataset.product)
        || (chosen.get("transport") && chosen.get("transport") !== row.dataset.transport)
        || !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    card.hidden = shown === 0;
    left += shown;
  }
  for (const part of document.querySelectorAll(".part")) {
    part.hidden = !part.querySelector("article:not([hidden])");
    // Whoever looks for something wants to see it.
    if (words.length) part.open = true;
  }
  none.hidden = left > 0;
});
