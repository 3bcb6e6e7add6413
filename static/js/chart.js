// The slider under a chart of prices: it moves along the lines of the table behind the chart, and says each of them. Without this
// file the slider stays hidden, and the table says the same.
(() => {
  "use strict";

  for (const chart of document.querySelectorAll("[data-price-chart]")) {
    const rows = [...chart.querySelectorAll("tr[data-words]")];
    const box = chart.querySelector("[data-slider]");
    if (!box || rows.length < 2) continue;
    const slider = box.querySelector("input");
    const said = box.querySelector("output");
    const line = chart.querySelector("[data-cursor]");
    const dot = chart.querySelector("[data-cursor-dot]");

    const show = () => {
      const row = rows[Number(slider.value)];
      line.setAttribute("x1", row.dataset.x);
      line.setAttribute("x2", row.dataset.x);
      dot.setAttribute("cx", row.dataset.x);
      dot.setAttribute("visibility", row.dataset.y ? "visible" : "hidden");
      if (row.dataset.y) dot.setAttribute("cy", row.dataset.y);
      said.textContent = row.dataset.words;
      slider.setAttribute("aria-valuetext", row.dataset.words);
    };

    slider.addEventListener("input", () => { chart.dataset.moved = ""; show(); });
    slider.addEventListener("focus", () => { chart.dataset.moved = ""; });
    box.hidden = false;
    show();
  }
})();
